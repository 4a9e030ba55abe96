"""How the Python was built that runs a benchmark."""

import platform

from benchmarks.environment.interpreter import Interpreter, options_in, running_interpreter
from benchmarks.environment.machine import describe_machine

ARGUMENTS = (
    "'--prefix=/opt/python' '--enable-shared' '--enable-optimizations' '--with-lto=thin' "
    "'--with-openssl=/opt/ssl' 'LDFLAGS=-L/opt/python/lib -Wl,-rpath,/opt/python/lib'"
)


def interpreter(arguments: str) -> Interpreter:
    return Interpreter("CPython", "3.11.7", "GCC 12.2.0", options_in(arguments))


def test_only_options_without_a_path_are_kept() -> None:
    assert options_in(ARGUMENTS) == ("--enable-shared", "--enable-optimizations", "--with-lto=thin")
    assert options_in("") == ()


def test_a_build_with_profiles_and_link_time_optimization_says_so() -> None:
    assert str(interpreter(ARGUMENTS)) == (
        "CPython 3.11.7, built by GCC 12.2.0 with --enable-optimizations, with --with-lto"
    )


def test_a_build_without_them_says_so() -> None:
    assert str(interpreter("'--enable-shared'")) == (
        "CPython 3.11.7, built by GCC 12.2.0 without --enable-optimizations, without --with-lto"
    )


def test_the_results_record_the_interpreter_that_runs() -> None:
    recorded = describe_machine()["interpreter"]
    assert isinstance(recorded, dict)
    assert recorded["version"] == platform.python_version()
    assert recorded["has_pgo"] is running_interpreter().has_pgo
