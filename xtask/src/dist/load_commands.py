"""Prints what a Mach-O program asks of macOS, and fails where it is not a program that macOS could load.

Words: FILE. The names are those of Apple's header `mach-o/loader.h`.
"""
import pathlib, struct, sys

ARM64, EXECUTE, MACOS = 0x0100000C, 2, 1
LOAD_DYLIB, LOAD_DYLINKER, UUID, CODE_SIGNATURE, MAIN, BUILD_VERSION = 0xC, 0xE, 0x1B, 0x1D, 0x80000028, 0x32

program = pathlib.Path(sys.argv[1]).read_bytes()
magic, processor, _, kind, commands, _, flags, _ = struct.unpack_from("<8I", program)
if (magic, processor, kind) != (0xFEEDFACF, ARM64, EXECUTE):
    sys.exit(f"not a 64-bit Mach-O program for arm64: {magic:#x} {processor:#x} {kind}")
if not flags & 0x200000:
    sys.exit("it would be loaded at a fixed address, which macOS refuses on arm64")

word = lambda start: program[start : program.index(b"\0", start)].decode()
libraries, seen, at = [], {}, 32
for _ in range(commands):
    command, size = struct.unpack_from("<2I", program, at)
    seen[command] = at
    if command == LOAD_DYLIB:
        libraries.append(word(at + struct.unpack_from("<I", program, at + 8)[0]))
    at += size

for name in ("LOAD_DYLINKER", "MAIN", "BUILD_VERSION", "CODE_SIGNATURE", "UUID"):
    if globals()[name] not in seen:
        sys.exit(f"there is no LC_{name}")
linker = word(seen[LOAD_DYLINKER] + 12)
platform, oldest = struct.unpack_from("<2I", program, seen[BUILD_VERSION] + 8)
if linker != "/usr/lib/dyld" or platform != MACOS:
    sys.exit(f"not for macOS: {linker}, platform {platform}")
print(f"Mach-O, arm64, macOS {oldest >> 16}.{oldest >> 8 & 255} and newer, signed ad hoc")
for library in libraries:
    print(f"  loads {library}")
