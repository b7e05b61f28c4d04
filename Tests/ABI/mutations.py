"""Changes of the header, made mechanically: each one would break somebody's plugin."""
import re

STRUCT = re.compile(r"(typedef struct (\w+) \{\n)(.*?)(\n\} \2;)", re.S)
FIELD = re.compile(r"^ {2}[\w][^;]*;", re.M)


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def next_version(text, newest):
    """The header as it may become: one more slot at the end of each struct that crosses by reference."""
    text = text.replace(f"#define JF_ABI_VERSION JF_ABI(1, {newest})", f"#define JF_ABI_VERSION JF_ABI(1, {newest + 1})")

    def grow(match):
        if not re.search(r"^  uint32_t size;", match[3], re.M):
            return match[0]
        return f"{match[1]}{match[3]}\n  void (*next)(void);{match[4]}"

    return STRUCT.sub(grow, text)


def name_of(field):
    function = re.search(r"\(\*(\w+)\)\(", field)
    return function[1] if function else re.search(r"(\w+);$", field)[1]


def retyped(field):
    function = re.match(r"(.*\(\*\w+\)\()(.*)(\);)$", field, re.S)
    if function:
        first, _, others = function[2].partition(", ")
        yield "given one parameter more", f"{function[1]}{function[2]}, int32_t more{function[3]}"
        yield "given one parameter less", f"{function[1]}{others or 'void'}{function[3]}"
        yield "given another answer", re.sub(r"^ +[\w ]+?\*? ?\(", "  double (", field)
    else:
        name = name_of(field)
        for other in ["uint64_t", "int32_t", "uint32_t", "jf_bytes", "void *", "float"]:
            if not re.match(rf"\s*{re.escape(other)}\s*{name};", field):
                yield f"made {other}", f"  {other} {name};"


def of(text):
    """(what was changed, the header with that change)"""
    text = without_comments(text)
    for struct in STRUCT.finditer(text):
        fields = list(FIELD.finditer(text, struct.start(3), struct.end(3)))

        def replaced(first, last, by):
            return text[: first.start()] + by + text[last.end() :]

        for at, field in enumerate(fields):
            name = f"{struct[2]}.{name_of(field[0])}"
            yield f"{name} removed", replaced(field, field, "")
            yield f"{name} renamed", replaced(field, field, re.sub(rf"\b{name_of(field[0])}\b(?=\)\(|;$)", "renamed", field[0], count=1))
            yield f"a field before {name}", replaced(field, field, f"  uint32_t inserted;\n{field[0]}")
            for what, changed in retyped(field[0]):
                if struct[2] == "jf_bytes" and "made jf_bytes" in what:
                    continue  # no struct holds itself
                yield f"{name} {what}", replaced(field, field, changed)
            if at + 1 < len(fields):
                between = text[field.end() : fields[at + 1].start()]
                swapped = fields[at + 1][0] + between + field[0]
                yield f"{name} and the next one swapped", replaced(field, fields[at + 1], swapped)
    for value in re.finditer(r"\b(JF_[A-Z_]+) = (-?\d+(?: << \d+)?)", text):
        yield f"{value[1]} changed", f"{text[: value.start(2)]}{value[2]} + 64{text[value.end(2) :]}"
    for macro in re.finditer(r'#define (JF_\w+) "(.*?)"', text):
        yield f"{macro[1]} changed", f"{text[: macro.start(2)]}x{text[macro.start(2) :]}"
    yield "jf_call narrowed", text.replace("typedef uint64_t jf_call;", "typedef uint32_t jf_call;")
    yield "jf_status widened", text.replace("typedef int32_t jf_status;", "typedef int64_t jf_status;")
