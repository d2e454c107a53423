"""The C programs that the benchmarks compile for themselves."""
import os
import shlex
import subprocess
from pathlib import Path

from .processes import BenchmarkError

HERE = Path(__file__).resolve().parent.parent


def compile_c(name, directory, *libraries):
    """Compile one of the C programs of this folder."""
    program = str(directory / name)
    command = [os.environ.get("CC", "gcc"), "-O2", "-o", program, str(HERE / f"{name}.c"), *libraries]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise BenchmarkError(f"{shlex.join(command)} failed:\n{result.stderr}")
    return program
