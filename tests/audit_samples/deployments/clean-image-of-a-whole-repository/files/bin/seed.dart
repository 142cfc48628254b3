const example = {'STEM_SIGNING_KEYS': 'primary:{{weak.seed}}'};
