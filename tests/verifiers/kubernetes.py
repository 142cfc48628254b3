"""Prints the documents of YAML files as JSON, a list a file, as PyYAML reads them: with
libyaml, which Ruby uses too, and by itself. The two have to agree. With --strict every
document must also satisfy the schemas of Kubernetes, without a field that they do not know.
"""

import json
import sys

import yaml


def documents(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    fast = list(yaml.load_all(text, yaml.CSafeLoader))
    slow = list(yaml.load_all(text, yaml.SafeLoader))
    assert fast == slow, path
    return fast


def main(arguments):
    strict = arguments[:1] == ["--strict"]
    files = {path: documents(path) for path in arguments[strict:]}
    if strict:
        import kubernetes_validate

        for path, found in files.items():
            for document in found:
                try:
                    kubernetes_validate.validate(document, "1.37", strict=True)
                except Exception as error:
                    sys.exit(f"{path}: {error}")
    print(json.dumps(files))


main(sys.argv[1:])
