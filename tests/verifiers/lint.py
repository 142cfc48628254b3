"""Runs pkilint's RFC 5280 linter over the certificates that are named as arguments.

Prints what it finds at ERROR and above, one finding a line: file, code, message.
"""

import contextlib
import io
import json
import sys

from pkilint.bin import lint_pkix_cert

for file in sys.argv[1:]:
    report = io.StringIO()
    with contextlib.redirect_stdout(report):
        lint_pkix_cert.main(["lint", "--severity", "ERROR", "--format", "JSON", file])
    for result in json.loads(report.getvalue())["results"]:
        for finding in result["finding_descriptions"]:
            text = " ".join(str(finding.get("message")).split())
            print(file, finding["code"], text, sep="\t")
