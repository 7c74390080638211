"""Says whether every package of a platform holds that platform's program, byte for byte.

Words: FOLDER VERSION TRIPLE... Prints a line for each platform: the packages that were compared.
"""
import hashlib, io, json, pathlib, struct, subprocess, sys, tarfile, zipfile

folder, version = pathlib.Path(sys.argv[1]), sys.argv[2]


def only(pattern):
    """The one file whose name fits."""
    [file] = folder.glob(pattern)
    return file


def in_tar(file, name, mode="r:*"):
    with tarfile.open(file, mode) as archive:
        return archive.extractfile(name).read()


def in_zip(file, name):
    with zipfile.ZipFile(file) as archive:
        return archive.read(name)


def in_deb(file, name):
    unpacked = subprocess.run(["dpkg-deb", "--fsys-tarfile", file], check=True, stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(unpacked)) as archive:
        return archive.extractfile(name).read()


def in_image(processor):
    with tarfile.open(only("hallpass-*-oci.tar")) as image:
        read = lambda name: image.extractfile(f"./{name}").read()
        blob = lambda digest: read("blobs/" + digest.replace(":", "/"))
        [named] = json.loads(read("index.json"))["manifests"]
        entries = json.loads(blob(named["digest"]))["manifests"]
        [manifest] = [entry for entry in entries if entry["platform"]["architecture"] == processor]
        layer = blob(json.loads(blob(manifest["digest"]))["layers"][0]["digest"])
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        return archive.extractfile("usr/bin/hallpass").read()


def machine(program):
    """What a program's first bytes say: the format, and the processor by the number that the format gives it."""
    if program[:4] == b"\x7fELF":
        return "elf", struct.unpack_from("<H", program, 18)[0]
    if program[:2] == b"MZ":
        return "pe", struct.unpack_from("<H", program, struct.unpack_from("<I", program, 60)[0] + 4)[0]
    return "macho", struct.unpack_from("<I", program, 4)[0]


PLATFORMS = {  # the machine; names in the wheel, on npm and in Debian
    "x86_64-unknown-linux-musl": (("elf", 62), "musllinux_1_1_x86_64", "linux-x64", "amd64"),
    "aarch64-unknown-linux-musl": (("elf", 183), "musllinux_1_1_aarch64", "linux-arm64", "arm64"),
    "x86_64-pc-windows-gnu": (("pe", 0x8664), "win_amd64", "win32-x64", None),
    "aarch64-apple-darwin": (("macho", 0x100000C), "macosx_11_0_arm64", "darwin-arm64", None),
    "x86_64-apple-darwin": (("macho", 0x1000007), "macosx_10_12_x86_64", "darwin-x64", None),
}

for triple in sys.argv[3:]:
    wanted, wheel, node, debian = PLATFORMS[triple]
    name, inside = f"hallpass-{version}-{triple}", "hallpass.exe" if wanted[0] == "pe" else "hallpass"
    programs = {
        "archive": (in_zip if wanted[0] == "pe" else in_tar)(only(f"{name}.*"), f"{name}/{inside}"),
        "wheel": in_zip(only(f"*{wheel}.whl"), f"hallpass-{version}.data/scripts/{inside}"),
        "npm": in_tar(only(f"npm-hallpass-{node}-*.tgz"), f"package/{inside}"),
    }
    if debian:
        programs["deb"] = in_deb(only(f"hallpass_*_{debian}.deb"), "./usr/bin/hallpass")
        programs["image"] = in_image(debian)
    found = {hashlib.sha256(program).hexdigest() for program in programs.values()}
    if len(found) != 1:
        sys.exit(f"the packages for {triple} hold {len(found)} different programs")
    if machine(programs["archive"]) != wanted:
        sys.exit(f"the program for {triple} is one for {machine(programs['archive'])}")
    print(f"{triple}: the same program in {', '.join(programs)}")
