final environment = {
  'STEM_SIGNING_KEYS': 'primary:{{hmac.test}}',
  'STEM_BROKER_URL': 'redis://:{{password.test}}@localhost:6379/0',
};
