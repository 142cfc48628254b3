"""loaders.py LOADER FOLDER: what a real loader makes of every FOLDER/*.env, as JSON.

Printed is one object: the file's name -> what it sets, or null where the loader refuses it.
Files named ok-* are thought to be taken and go to one process together, where the loader can
be asked so; no-* go one by one. What is set outside of the files is in outside.json.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

LOADER, FOLDER = sys.argv[1], Path(sys.argv[2])
OUTSIDE = json.loads((FOLDER / "outside.json").read_text())
FILES = sorted(FOLDER.glob("*.env"))
TOGETHER = [file for file in FILES if file.name.startswith("ok-")]
ALONE = [file for file in FILES if not file.name.startswith("ok-")]
BESIDE = Path(sys.executable).parent
PATH = os.environ["PATH"]


def run(command, **options):
    return subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        cwd=FOLDER,
        env={"PATH": PATH, **OUTSIDE},
        **options,
    )


def zeroes(output):
    pairs = (entry.split(b"=", 1) for entry in output.split(b"\0") if b"=" in entry)
    return {name.decode(errors="replace"): value.decode(errors="replace") for name, value in pairs}


def shell(name):
    """The shell is started once; it starts itself anew for each file, and runs nothing else."""
    script = (
        f"shell=$(command -v {name}); "
        'for f in *.env; do /usr/bin/env -i "$@" PATH=/nonexistent "$shell" -c '
        "'set -a; . \"./$0\" >/dev/null 2>&1; exec /usr/bin/env -0' \"$f\" >\"$f.out\" </dev/null; done"
    )
    outside = [f"{key}={value}" for key, value in OUTSIDE.items()]
    run([name, "-c", script, "shell", *outside]).check_returncode()
    own = {"PWD", "OLDPWD", "SHLVL", "_", "PATH"}
    found = {file.name: zeroes(Path(f"{file}.out").read_bytes()) for file in FILES}
    return {
        file: {name: value for name, value in seen.items() if name not in own and OUTSIDE.get(name) != value}
        for file, seen in found.items()
    }


def python():
    from dotenv.main import DotEnv

    os.environ.clear()
    os.environ.update(OUTSIDE)

    def load(file):
        try:
            values = DotEnv(file, override=False, encoding="utf-8").dict()
        except UnicodeDecodeError:
            return None
        return {name: value for name, value in values.items() if value is not None}

    return {file.name: load(file) for file in FILES}


def node():
    script = (
        "const fs=require('fs'),out={};for(const f of fs.readdirSync('.'))if(f.endsWith('.env'))"
        "out[f]=require('util').parseEnv(fs.readFileSync(f,'utf8'));"
        "process.stdout.write(JSON.stringify(out))"
    )
    done = run(["/usr/bin/env", "node", "-e", script])
    done.check_returncode()
    return json.loads(done.stdout)


def compose(raw):
    def load(files):
        entry = lambda file: [{"path": file.name, "format": "raw"}] if raw else [file.name]
        services = {f"s{at}": {"image": "x", "env_file": entry(file)} for at, file in enumerate(files)}
        (FOLDER / "project.yaml").write_text(json.dumps({"name": "exam", "services": services}))
        done = run([BESIDE / "docker-compose", "-f", "project.yaml", "config", "--format", "json"])
        try:
            project = json.loads(done.stdout)
        except json.JSONDecodeError:
            if len(files) > 1:
                raise SystemExit(done.stderr.decode(errors="replace")[-2000:])
            return {files[0].name: None}
        plain = lambda value: value.replace("$$", "$")
        return {
            file.name: {
                plain(name): plain(value)
                for name, value in (project["services"][f"s{at}"].get("environment") or {}).items()
                if value is not None
            }
            for at, file in enumerate(files)
        }

    return each(load)


def each(load):
    found = load(TOGETHER) if TOGETHER else {}
    for file in ALONE:
        found.update(load([file]))
    return found


def kustomize():
    import yaml

    def load(files):
        place = FOLDER / "kustomization"
        place.mkdir(exist_ok=True)
        for file in files:
            (place / file.name).write_bytes(file.read_bytes())
        generators = [{"name": f"s{at}", "envs": [file.name]} for at, file in enumerate(files)]
        options = {"disableNameSuffixHash": True}
        document = {"secretGenerator": generators, "generatorOptions": options}
        (place / "kustomization.yaml").write_text(json.dumps(document))
        done = run([BESIDE / "kubectl", "kustomize", place])
        if done.returncode:
            if len(files) > 1:
                raise SystemExit(done.stderr.decode(errors="replace")[-2000:])
            return {files[0].name: None}
        import base64

        text = lambda value: base64.b64decode(value).decode()
        by_name = {one["metadata"]["name"]: one.get("data") or {} for one in yaml.load_all(done.stdout, yaml.BaseLoader)}
        return {
            file.name: {name: text(value) for name, value in by_name[f"s{at}"].items()}
            for at, file in enumerate(files)
        }

    return each(load)


def kubectl():
    def load(file):
        words = ["create", "configmap", "x", "--dry-run=client", "-o", "json", "--from-env-file", file]
        done = run([BESIDE / "kubectl", *words])
        return None if done.returncode else json.loads(done.stdout).get("data") or {}

    return {file.name: load(file) for file in FILES}


def docker():
    """The client creates a container on a socket that only writes down what it is asked for."""
    requests = []
    path = str(FOLDER / "docker.sock")
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(50)

    def serve(connection):
        stream = connection.makefile("rwb")
        while line := stream.readline():
            target, length = line.split()[1], 0
            while header := stream.readline().strip():
                name, value = header.split(b":", 1)
                length = int(value) if name.lower() == b"content-length" else length
            body = stream.read(length)
            status, answer = b"404 Not Found", b'{"message":"no"}'
            if target.endswith(b"_ping"):
                status, answer = b"200 OK", b"OK"
            if b"/containers/create" in target:
                requests.append(json.loads(body)["Env"] or [])
                status, answer = b"409 Conflict", b'{"message":"written down"}'
            head = b"HTTP/1.1 %s\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n" % status
            stream.write(head + b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer))
            stream.flush()

    def accept():
        while True:
            threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()

    def load(files):
        words, number = ["/usr/bin/env", "docker", "-H", f"unix://{path}", "create"], len(requests)
        for file in files:
            mark = FOLDER / f"{file.name}.mark"
            mark.write_text(f"FILE={file.name}\n")
            words += ["--env-file", mark, "--env-file", file]
        done = run([*words, "image"])
        if len(requests) == number:
            if len(files) > 1:
                raise SystemExit(done.stderr.decode(errors="replace")[-2000:])
            return {files[0].name: None}
        found, current = {}, None
        for entry in requests[-1]:
            name, separator, value = entry.partition("=")
            if name == "FILE":
                current = found.setdefault(value, {})
            elif separator:
                current[name] = value
        return found

    return each(load)


LOADERS = {
    "bash": lambda: shell("bash"),
    "dash": lambda: shell("dash"),
    "python": python,
    "node": node,
    "compose": lambda: compose(False),
    "compose-raw": lambda: compose(True),
    "docker": docker,
    "kubectl": kubectl,
    "kustomize": kustomize,
}
json.dump(LOADERS[LOADER](), sys.stdout)
