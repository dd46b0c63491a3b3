#!/usr/bin/python3
"""Looks for what the compilers and clang-tidy do not see; prints path:line: what is wrong."""
import ast
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINE_MAX = {"c++": 100, "cmake": 100, "python": 120, "shell": 120, "javascript": 120, "css": 120}
FUNCTION_MAX = 70  # lines, signature and braces included
RED_ZONE = 50  # from here on a function is listed, so that it does not grow unseen

# Functions that may be longer, each with the reason.
LONG_FUNCTIONS = {}

STRAY = re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X|HAC[K])\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|root|work)/\w")
ABSENT_INPUT = 'is not there")'  # the one reason to leave a test out: input that is not the project's to give
SKIPPED_TEST = re.compile(r"GTEST_SKI[P]|\bDISABLE[D]_|pytest\.ski[p]|mark\.(?:ski[p]|xfai[l])")
BARE_NOLINT = re.compile(r"NOLIN[T](?!.*:)")

# base to gate take time and bytes as arguments. `(?<!...)` lets methods of the same name pass.
PURE_FOLDERS = ("base", "model", "wire", "policy", "checks", "gate")
CALL = r"(?<![\w.>])(?:::)?(?:%s)\s*\("
BANNED = {
    "reads a clock": r"::now\s*\(|system_clock|steady_clock|high_resolution_clock|"
    + CALL % "time|gettimeofday|clock_gettime|localtime|localtime_r|gmtime",
    "waits": r"this_thread|" + CALL % "sleep|usleep|nanosleep|poll|epoll_wait",
    "opens a socket": r"boost/asio|boost::asio|<sys/socket\.h>|"
    + CALL % "socket|connect|getaddrinfo",
    "takes a lock or starts a thread": r"std::(?:mutex|shared_mutex|recursive_mutex|lock_guard|"
    r"unique_lock|scoped_lock|condition_variable|thread|jthread|async)\b|"
    r"<(?:mutex|shared_mutex|thread|pthread\.h)>",
    "writes a log or to a stream": r"spdlog|<iostream>|std::(?:cout|cerr|clog)\b|fmt::print|"
    + CALL % "printf|fprintf|puts|fputs|perror|syslog",
    "opens a file": r"<fstream>|<filesystem>|std::[io]?fstream|std::filesystem|"
    + CALL % "fopen|open|openat",
    "asks the environment or chance": r"std::random_device|" + CALL % "getenv|rand|srand|random",
}
BANNED = {what: re.compile(pattern) for what, pattern in BANNED.items()}


def project_files():
    """All files that are, or would be, in the repository."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = {ROOT / name for name in listed.split("\0") if name}
    return sorted(path for path in paths if path.is_file())


def kind_of(path, text):
    if path.suffix in (".cc", ".h"):
        return "c++"
    if path.suffix == ".cmake" or path.name == "CMakeLists.txt":
        return "cmake"
    if path.suffix in (".js", ".css"):
        return {".js": "javascript", ".css": "css"}[path.suffix]
    first = text.partition("\n")[0]
    if path.suffix == ".py" or re.match(r"#!.*python", first):
        return "python"
    if path.suffix == ".sh" or re.match(r"#!.*sh\b", first):
        return "shell"
    return "other"


def opening_is_missing(kind, lines):
    if lines and lines[0].startswith("#!"):
        lines = lines[1:]
    opening = {"c++": r"// \S", "python": r'"""\S', "cmake": r"# \S", "shell": r"# \S",
               "javascript": r"// \S", "css": r"/\* \S"}[kind]
    return not lines or not re.match(opening, lines[0])


def without_comments_and_strings(line):
    line = re.sub(r'"(?:\\.|[^"\\])*"', lambda m: m.group() if "#include" in line else '""', line)
    return line.partition("//")[0]


def functions_by_column(lines, end):
    """(first line, last line, signature) of what starts and ends in column 0, as a formatter leaves it."""
    start = None
    for number, line in enumerate(lines, 1):
        if re.match(r"(?!(?:export )?class )[A-Za-z_~\[:]", line):
            start = number
        elif re.match(end, line) and start:
            yield start, number, lines[start - 1]
            start = None


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno, node.name


def check_lines(kind, lines, pure):
    for number, line in enumerate(lines, 1):
        if STRAY.search(line):
            yield number, "unfinished business belongs in an issue"
        if MACHINE_PATH.search(line):
            yield number, "a path of somebody's machine"
        if kind == "other":
            continue
        if len(line) > LINE_MAX[kind]:
            yield number, f"{len(line)} characters, {LINE_MAX[kind]} are allowed"
        if line != line.rstrip():
            yield number, "white space at the end"
        if SKIPPED_TEST.search(line) and ABSENT_INPUT not in line:
            yield number, "a test that is left out"
        if BARE_NOLINT.search(line):
            yield number, "a lint switched off without its reason"
        if pure:
            code = without_comments_and_strings(line)
            for what, pattern in BANNED.items():
                if pattern.search(code):
                    yield number, f"{what}; from base to gate time and bytes are arguments"


def check_file(path, text, red_zone):
    name = str(path.relative_to(ROOT))
    parts = path.relative_to(ROOT).parts
    kind = kind_of(path, text)
    lines = text.splitlines()
    pure = (kind == "c++" and parts[0] == "src" and parts[1] in PURE_FOLDERS
            and not name.endswith("_test.cc"))
    for number, what in check_lines(kind, lines, pure):
        yield f"{name}:{number}: {what}"
    if kind == "other":
        return
    if opening_is_missing(kind, lines):
        yield f"{name}:1: no sentence that says what this file is"
    if path.suffix == ".h" and "#pragma once" not in lines:
        yield f"{name}:1: no #pragma once"
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield f"{name}:{len(lines)}: does not end with one newline"

    functions = {"c++": lambda: functions_by_column(lines, r"\}\s*$"),
                 "javascript": lambda: functions_by_column(lines, r"\};?\s*$"),
                 "python": lambda: python_functions(text)}
    for first, last, signature in functions.get(kind, lambda: ())():
        length = last - first + 1
        if length > FUNCTION_MAX and (name, signature) not in LONG_FUNCTIONS:
            yield f"{name}:{first}: {length} lines in one function, {FUNCTION_MAX} are allowed"
        elif length > RED_ZONE:
            red_zone.append(f"  {length} lines: {name}:{first}: {signature}")


def namesakes(definitions):
    """Types that several headers define in one namespace: a linker takes one's code for both."""
    return [f"{', '.join(places)}: {'::'.join(name)} is defined more than once"
            for name, places in sorted(definitions.items()) if len(places) > 1]


def main():
    problems, red_zone, count = [], [], 0
    definitions = {}
    for path in project_files():
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            continue  # samples of bytes for the fuzzers and tests
        count += 1
        problems += check_file(path, text, red_zone)
        if path.suffix == ".h":
            space = "::".join(re.findall(r"^namespace ([\w:]+) \{", text, re.M))
            for name in re.findall(r"^(?:struct|class|enum class) (\w+)(?: final)?(?: :[^;{]*)? \{", text, re.M):
                definitions.setdefault((space, name), []).append(str(path))
    problems += namesakes(definitions)
    if red_zone:
        print("Functions close to the limit:", *sorted(red_zone, reverse=True), sep="\n")
    print("\n".join(problems) or f"tidy: {count} files")
    return 1 if problems or not count else 0


sys.exit(main())
