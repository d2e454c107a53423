"""The images of the Dockerfile as folders, made from its own lines, for scripts/check-image.

Only what our Dockerfile uses is understood; anything else is an error, not a guess.
"""
import os
import re
import shutil
import subprocess
import sys

REPOSITORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORK = os.path.join(REPOSITORY, ".build", "image")
# What debian:SUITE-slim leaves out, now and in later installations.
SLIM = ["/usr/share/doc/*", "/usr/share/info/*", "/usr/share/linda/*", "/usr/share/lintian/*", "/usr/share/locale/*", "/usr/share/man/*"]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def fail(words):
    sys.exit(f"check-image: {words}")


def say(words):
    print(f"check-image: {words}", flush=True)


def run(command, what, **options):
    """Runs a command quietly; its output is shown when it fails."""
    end = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if end.returncode != 0:
        fail(f"{what} failed with exit code {end.returncode}:\n" + "\n".join(end.stdout.splitlines()[-25:]))
    return end.stdout


class Stage:
    """A stage of the Dockerfile: what it begins with, and its instructions as (word, rest)."""

    def __init__(self, base, name):
        self.base, self.name, self.instructions = base, name, []

    def last(self, word, otherwise=None):
        found = [rest for instruction, rest in self.instructions if instruction == word]
        return found[-1] if found else otherwise


def stages_of_dockerfile():
    """All stages by name."""
    lines, joined = [], ""
    for line in open(os.path.join(REPOSITORY, "Dockerfile"), encoding="utf-8"):
        if line.lstrip().startswith("#"):
            continue
        joined += line.rstrip("\n")
        if joined.endswith("\\"):
            joined = joined[:-1]
            continue
        if joined.strip():
            lines.append(joined.strip())
        joined = ""
    arguments, stages = {}, {}
    stage = None
    for line in lines:
        word, rest = line.split(None, 1)
        rest = re.sub(r"\$\{(\w+)\}", lambda match: arguments.get(match[1], match[0]), rest)
        if word == "ARG":
            name, _, value = rest.partition("=")
            arguments[name] = value
        elif word == "FROM":
            match = re.fullmatch(r"(\S+) AS (\S+)", rest) or fail(f"the Dockerfile's line 'FROM {rest}' has no name")
            stage = stages[match[2]] = Stage(match[1], match[2])
        elif word in ("RUN", "COPY", "WORKDIR", "USER", "EXPOSE", "ENTRYPOINT", "CMD", "LABEL"):
            stage.instructions.append((word, rest))
        else:
            fail(f"the Dockerfile's instruction {word} is not understood here: teach scripts/dockerfile_folders.py")
    return stages


def build(stage):
    """Carries the build stage out in this repository. `strip` works on copies, which COPY then takes."""
    for word, rest in stage.instructions:
        if word != "RUN":
            continue
        say(f"build: {rest}")
        if rest.startswith("strip "):
            for name in rest.split()[1:]:
                copy = os.path.join(WORK, "stripped", name)
                os.makedirs(os.path.dirname(copy), exist_ok=True)
                run(["strip", "-o", copy, name], rest, cwd=REPOSITORY)
        else:
            run(["nice", "sh", "-c", rest], rest, cwd=REPOSITORY)


def base_root(image):
    """A tar file of Debian's smallest system, as the slim image has it."""
    match = re.fullmatch(r"debian:(\w+)-slim", image) or fail(f"RUNTIME_IMAGE={image}: only debian:SUITE-slim can be made here")
    tar = os.path.join(WORK, f"{match[1]}.tar")
    if not os.path.exists(tar):
        say(f"base: mmdebstrap --variant=minbase {match[1]}, without manuals, documents and translations")
        options = [f"--dpkgopt=path-exclude={pattern}" for pattern in SLIM] + ["--dpkgopt=path-include=/usr/share/doc/*/copyright"]
        # Debian's own images have usr-is-merged in the place of usrmerge, which would bring Perl.
        merged = ["--include=usr-is-merged", "--hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr"]
        run(["mmdebstrap", "--mode=root", "--format=tar", "--variant=minbase", *merged, *options, match[1], tar + ".new"], "mmdebstrap")
        os.rename(tar + ".new", tar)
    return tar


def make_root(stage, build_stage):
    """The stage as a folder. Returns it, and how many bytes of its files are Debian's base, libraries, and ours."""
    root = os.path.join(WORK, stage.name)
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    run(["tar", "-xf", base_root(stage.base), "-C", root, "--numeric-owner"], "tar")
    sizes = {"base": size_of(root)}
    source = build_stage.last("WORKDIR")
    ours = 0
    for word, rest in stage.instructions:
        if word == "RUN":
            say(f"{stage.name}: {' '.join(rest.split())}")
            resolver = os.path.join(root, "etc/resolv.conf")
            shutil.copy("/etc/resolv.conf", resolver)
            shell = 'mount -t proc proc "$0/proc" && exec chroot "$0" env -i PATH="$2" DEBIAN_FRONTEND=noninteractive sh -c "$1"'
            run(["unshare", "--mount", "--pid", "--fork", "sh", "-c", shell, root, rest, PATH], f"RUN in {stage.name}")
            os.remove(resolver)
        elif word == "WORKDIR":
            os.makedirs(root + rest, exist_ok=True)
        elif word == "COPY":
            words = rest.split()
            if words[0] != f"--from={build_stage.name}" or not words[-1].endswith("/"):
                fail(f"{stage.name}: 'COPY {rest}' is not understood here")
            for name in words[1:-1]:
                relative = os.path.relpath(name, source)
                stripped = os.path.join(WORK, "stripped", relative)
                program = stripped if os.path.exists(stripped) else os.path.join(REPOSITORY, relative)
                copy = shutil.copy(program, root + words[-1])
                os.chmod(copy, 0o755)
                ours += os.path.getsize(copy)
    sizes["ours"] = ours
    sizes["libraries"] = size_of(root) - sizes["base"] - ours
    return root, sizes


def size_of(root):
    """Bytes of all regular files, each counted once."""
    seen, total = set(), 0
    for folder, _, names in os.walk(root):
        for name in names:
            status = os.lstat(os.path.join(folder, name))
            if status.st_ino not in seen and not os.path.islink(os.path.join(folder, name)):
                seen.add(status.st_ino)
                total += status.st_size
    return total
