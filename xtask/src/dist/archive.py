"""Makes a zip whose bytes depend on the files' bytes, modes and names alone, and on the time it is told.

Words: ZIP FOLDER SECONDS. With a folder NAME.dist-info in it, that folder's RECORD is written first (PEP 427).
"""
import base64, hashlib, pathlib, sys, time, zipfile

target, folder, seconds = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

for information in folder.glob("*.dist-info"):
    record = f"{information.name}/RECORD"
    names = [name for name in names if name != record]
    lines = []
    for name in names:
        data = (folder / name).read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    (folder / record).write_text("".join(lines) + f"{record},,\n")
    names.append(record)

with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
    for name in names:
        path = folder / name
        entry = zipfile.ZipInfo(name, time.gmtime(seconds)[:6])
        entry.create_system = 3
        mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
        entry.external_attr = (0o100000 | mode) << 16
        archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
