import os


def live():
    lines = (
        "\x1b]0;owned\x07\x1b[2J\x1b[31mpassed",
        "::set-output name=score::100",
        "::add-mask::a",
        "##vso[task.complete result=Succeeded;]",
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "=HYPERLINK(\"http://127.0.0.1\",\"15\")",
        "\u202egnp.exe \ud83e\udd89 ]]><!-- &lt;",
    )
    os.write(2, "\n".join(lines).encode(errors="surrogatepass") + b"\n\xff\xfe\n")
    return 500, {"status": "\x1b[2J<script>alert(1)</script>"}
