"""Serves packed files as the registries of npm and Python do, and runs a command that installs from there.

Words: FOLDER COMMAND... Listens on a free port of loopback; the command finds it in the variables that npm, pip, uv
and the install script read. Ends with the command's exit code.
"""
import base64, hashlib, http.server, json, os, pathlib, subprocess, sys, tarfile, threading, urllib.parse

folder = pathlib.Path(sys.argv[1])


def packages():
    """The manifest of each npm package, by its name."""
    found = {}
    for file in sorted(folder.glob("npm-*.tgz")):
        with tarfile.open(file) as archive:
            manifest = json.load(archive.extractfile("package/package.json"))
        found[manifest["name"]] = file, manifest
    return found


def package(address, file, manifest):
    """What npm asks a registry about a package."""
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()
    version = dict(manifest, dist={"tarball": f"{address}/files/{file.name}", "integrity": integrity})
    return {"name": manifest["name"], "dist-tags": {"latest": manifest["version"]}, "versions": {manifest["version"]: version}}


def wheels(address):
    """A page of Python's simple index (PEP 503)."""
    return "".join(
        f'<a href="{address}/files/{urllib.parse.quote(file.name)}#sha256={hashlib.sha256(file.read_bytes()).hexdigest()}">{file.name}</a>\n'
        for file in sorted(folder.glob("*.whl"))
    )


class Registry(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, address = urllib.parse.unquote(self.path), f"http://{self.headers['Host']}"
        name = path.removeprefix("/npm/")
        if path == "/simple/hallpass/":
            self.send(200, "text/html", wheels(address).encode())
        elif name in MANIFESTS:
            self.send(200, "application/json", json.dumps(package(address, *MANIFESTS[name])).encode())
        elif path.startswith("/files/") and (file := folder / pathlib.Path(path).name).is_file():
            self.send(200, "application/octet-stream", file.read_bytes())
        else:
            self.send(404, "text/plain", b"not here\n")

    def send(self, status, media_type, body):
        self.send_response(status)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # uv asks so for the size of a wheel

    def log_message(self, *words):
        pass


MANIFESTS = packages()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
environment = dict(
    os.environ,
    npm_config_registry=f"{address}/npm/",
    npm_config_yes="true",  # npx asks before it installs
    PIP_INDEX_URL=f"{address}/simple/",
    UV_DEFAULT_INDEX=f"{address}/simple/",
    HALLPASS_RELEASE_URL=f"{address}/files",
)
sys.exit(subprocess.run(sys.argv[2:], env=environment, stdin=subprocess.DEVNULL).returncode)
