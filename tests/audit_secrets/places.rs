//! More places than those of the inventory: what only the audit reads or quotes.

/// Files in which `@64@`, `@65@`… stand for secrets of their own, and `#64#` for one in base64;
/// the numbers go on where those of the inventory's files end.
pub(crate) const FILES: [(&str, &str); 9] = [
    (
        "a/compose.yaml",
        "# @64@\nservices:\n  worker:\n    image: registry.example/@65@/worker:@66@\n    container_name: @67@\n    \
         environment:\n      # stem-sec: allow secret-inline because the password is @68@\n      \
         STEM_SIGNING_KEYS: primary:#69# # stem-sec: allow @70@ @71@\n      \
         STEM_SIGNING_ALGORITHM: @72@\n      STEM_SIGNING_ACTIVE_KEY: @73@\n      STEM_SIGNING_KEYS_FILE: @74@\n      \
         STEM_SIGNING_KEY: @75@\n      STEM_BROKER_URL: 'redis://@76@:@77@:@78@@h:1/0?@79@=@80@#@81@'\n    \
         labels: { a: @82@, stem.role: worker }\n    build: { context: ., args: { STEM_SIGNING_KEYS: 'p:#83#' } }\n    \
         ports: ['6379:6379']\n",
    ),
    (
        "b/redis.conf",
        "port 6379\ntls-port 6380\ntls-key-file /e/@84@.key\ntls-key-file-pass @85@\nrequirepass \"@86@\"\n\
         tls-auth-clients @87@\nuser default on >@88@ ~* +@all\n",
    ),
    (
        "b/compose.yaml",
        "services:\n  redis:\n    image: redis\n    command: [redis-server, /redis.conf, --masterauth, @89@]\n    \
         volumes: ['./redis.conf:/redis.conf', './@90@.key:/x.key']\n    ports: ['6379:6379']\n  producer:\n    image: p\n    \
         env_file: [{ path: ./@91@.env, required: false }]\n    environment: [ 'STEM_TLS_CLIENT_KEY=@92@', \
         'STEM_SIGNING_KEYS=\"p:#93#\"', 'STEM_BROKER_URL= rediss://:@94@@h' ]\n",
    ),
    (
        "c/deployment.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: worker, annotations: { note: @95@ } }\nspec:\n  \
         template:\n    metadata: { labels: { stem.role: worker } }\n    spec:\n      containers:\n      - name: c\n        \
         image: x\n        env:\n        - { name: STEM_SIGNING_KEYS, value: 'primary:@96@' }\n        \
         - { name: STEM_SIGNING_ACTIVE_KEY, value: @97@ }\n        \
         - { name: STEM_BROKER_URL, valueFrom: { secretKeyRef: { name: gone, key: @98@, optional: true } } }\n---\n\
         apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata:\n  STEM_SIGNING_KEYS: p:#99#\n  \
         redis.conf: |\n    requirepass @100@\n",
    ),
    (
        "d/stem-sec.yaml",
        "version: 1\nposture: { signing: hmac-sha256, transport: plaintext }\nbroker: { url: 'redis://redis:6379/0', names: [redis] }\n\
         components: { worker: { role: worker } }\nrender: { target: dotenv, out: deploy }\naudit:\n  ignore:\n  \
         - { rule: weak-secret, path: 'x/@101@/**', reason: 'the key is @102@' }\n",
    ),
    (
        "d/deploy/worker/stem.env",
        "STEM_SIGNING_KEYS=primary:#103#\n",
    ),
    (
        "e/broken.key",
        "-----BEGIN PRIVATE KEY-----\n#104#\n-----END PRIVATE KEY-----\n",
    ),
    (
        "e/worker.env",
        "STEM_TLS_CLIENT_KEY='-----BEGIN PRIVATE KEY-----\n#105#\n-----END PRIVATE KEY-----'\n",
    ),
    ("f/stem.env", "STEM_SIGNING_KEYS='primary:#106#\n"),
];

/// Names that an entry point may set, right and wrong.
pub(crate) const VARIABLES: [&str; 15] = [
    "STEM_SIGNING_KEYS",
    "STEM_SIGNING_PUBLIC_KEYS",
    "STEM_SIGNING_PRIVATE_KEYS",
    "STEM_SIGNING_ACTIVE_KEY",
    "STEM_SIGNING_ALGORITHM",
    "STEM_BROKER_URL",
    "STEM_RESULT_BACKEND_URL",
    "STEM_TLS_CA_CERT",
    "STEM_TLS_CLIENT_CERT",
    "STEM_TLS_CLIENT_KEY",
    "STEM_TLS_ALLOW_INSECURE",
    "STEM_SIGNING_KEY",
    "STEM_SIGNING_KEYS_FILE",
    "REDIS_PASSWORD",
    "REDISCLI_AUTH",
];

/// Values for them; `N` is the number of the secret.
pub(crate) const VALUES: [&str; 8] = [
    "primary:#N#",
    "@N@",
    "primary:@N@",
    "@N@:c2VjcmV0",
    "rediss://:@N@@redis:6379/0",
    "redis://redis:6379/@N@",
    " \"@N@\"",
    "/run/@N@/key",
];
