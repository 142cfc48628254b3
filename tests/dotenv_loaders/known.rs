//! Single files at the edges of what a loader takes: byte order marks, NUL, the longest line,
//! names alone, what interpolation refuses. The loader says what comes of each, as always.

use stem_sec::formats::dotenv::Dialect;

use crate::compare;
use crate::loaders::Loader;

const MARKS: [&[u8]; 7] = [
    b"\xef\xbb\xbfA=1\n",
    b"\xef\xbb\xbf# c\nA=1\r\nB=\r\n",
    b"\n\xef\xbb\xbfA=1\nB=2\n",
    b"\xef\xbb\xbf\xef\xbb\xbfA=1\nB=2\n",
    b"A=1\n# \xff\nB=2\n",
    b"A=\xffx\nB=2\n",
    b"",
];

fn of(texts: &[&str]) -> Vec<Vec<u8>> {
    let texts = texts.iter().map(|text| text.as_bytes().to_vec());
    texts.chain(MARKS.map(<[u8]>::to_vec)).collect()
}

/// Around the 64 KiB of the buffer that Go's programs read lines with.
fn long() -> Vec<Vec<u8>> {
    let line = |length: usize, end: &str| {
        let value = "x".repeat(length - 2);
        format!("A=1\nL={value}{end}").into_bytes()
    };
    let ends = ["", "\n", "\nZ=1\n", "\r\nZ=1\n"];
    let all = [65_534, 65_535, 65_536, 70_000].map(|length| ends.map(|end| line(length, end)));
    all.into_iter().flatten().collect()
}

#[test]
fn the_docker_client_takes_what_we_say() {
    let mut files = of(&[
        "OUT\nNO\nEMPTY\n",
        " OUT",
        "OUT \n",
        "A=1\rB=2\n",
        "=1",
        "A\u{a0}B=1",
        "A=1\nA=2\n",
    ]);
    files.extend(long());
    compare(Dialect::Docker, Loader::Docker, &files);
    compare(Dialect::ComposeRaw, Loader::ComposeRaw, &files);
}

#[test]
fn kubectl_and_kustomize_take_what_we_say() {
    let names = [
        "B =1",
        "1B=1",
        "A.b-c=1",
        "é=1",
        "=1",
        "..=1",
        "..x=1",
        ".=1",
        ".x=1",
        "a/b=1",
        "A:b=1",
        "export A=1",
        "OUT\nNO\nEMPTY\n",
        "A=1\nA=1\n",
        "A\nA=1",
        "OUT\nOUT\n",
        "\u{a0}A=1\u{a0}\n",
        "\"A\"=1",
    ];
    let mut files = of(&names);
    let name = |length| format!("{}=1\n", "A".repeat(length)).into_bytes();
    files.extend([252, 253, 254].map(name));
    files.extend(long());
    compare(Dialect::Kubectl, Loader::Kubectl, &files);
    compare(Dialect::Kustomize, Loader::Kustomize, &files);
}

#[test]
fn compose_takes_what_we_say() {
    let files = of(&[
        "A=x\0y\n",
        "A",
        "B=1\nA",
        "A\n",
        "OUT\nA=$OUT\nOUT=1\nB=$OUT\n",
        "export A=1",
        "export",
        "export ",
        "exportA=1",
        "export\nA=1\n",
        "A: 'b'\n",
        "A='b' C=d E\n",
        "A=\"b\"C=d\n",
        "A='it\\'s' # c\n",
        "A=\"\\\\\\\"\\n\\101\"\n",
        "A=b #c\nB=b#c\nC=#c\nD= #c\n",
        "A=\"\"\nB=''\nC=\n",
        "A=${A:-${A:-${A:-x}}}\n",
        "A=${B:-\"q\"}\n",
        "A={$OUT}\n",
        "A=${OUT:-x\ny}\n",
        "A=${NO:?}\n",
        "A=${NO?a}\n",
        "A=${OUT:?$\u{7b}}\n",
        "A=${\n",
        "A='unterminated\nB=1\n",
        "A=1 # \"\nB=2\n",
        "\u{a0}A=1\nB\u{a0}=2\n",
        "A\tB=1\n",
        "²=1\n",
        "A[0]=1\nA-b.c=2\n",
        "A=$A$A\n",
    ]);
    compare(Dialect::Compose, Loader::Compose, &files);
}

#[test]
fn systemd_takes_what_we_say() {
    let files = of(&[
        "A='a'\"b\"c d  \n",
        "A=a'b'\"c\"\n",
        "A=\"x\" y\n",
        "A=\\\n  x  \n",
        "A=x \\\n",
        "A=x\\ \n",
        "A=\"a\\n\\$\\`\\\"\\\\\"\n",
        "A='a\\'b\n",
        "A='a\nb' \nB=1\n",
        "A=\"a\\\nb\"\n",
        "; c\nA=1\n#c\nB=2 # c ; d\n",
        "export A=1\nB=2\n",
        "A =1\n\tB\t=\t2\n",
        "A=\u{7f}\nB=1\n",
        "A=\"a\tb\nc\"\n",
        "A=\"a\rb\"\nB=1\rC=2\n",
        "A\nB=1\n",
        "=1\n==2\nB=1\n",
        "A=1\nA=\n",
        "A='unterminated\nB=1",
        "A=\"x\\",
        "A=x\\",
        "A= \\ \n",
        "A.b=1\n1A=2\n_=3\nB=1",
        "A=x\0y\nB=1\n",
        "A=''\nB=\"\"x\n",
        "A=%h ${OUT} $OUT\n",
    ]);
    compare(Dialect::Systemd, Loader::Systemd, &files);
}

#[test]
fn bash_takes_what_we_say() {
    let files = of(&[
        "A=x\0y\n",
        "A=1 && B=2 || C=3\n",
        "false || A=1 && B=2\n",
        "A=1 &&\nB=2\n",
        "A=1; ; B=2\n",
        "A=1\n;;\nB=2\n",
        "A=1;B='x\n",
        "f() { A=1; }\nB=2\n",
        "f() { A=1; }; f\n",
        "case $OUT in\n  x) A=1;;\n  *) A=2;;\nesac\nB=1\n",
        "for A in 1 2; do B=$A; done\nC=1\n",
        "if [ -n \"$OUT\" ]; then A=1; else A=2; fi\nB=1\n",
        "[[ $OUT == a && -n x ]] && A=1\nB=1\n",
        "set -a\nA=1\n",
        "set -o allexport; A=1\n",
        "A=$((1+2))\nB=$(echo x)\nC=`echo y`\n",
        "A=1\nunset A\nB=${A-gone}\n",
        "A=1\nreturn 0\nB=2\n",
        "export A\nA=1\nexport -n B\nexport -- C=3\n",
        ": <<E\nA=1\nE\nB=2\n",
        ": <<-'E'\n\tA=1\n\tE\nB=2\n",
        "A=1 B=$A true\nC=$A\n",
        "{ A=1; B=2\n}\n",
        "A=~\nB=~/x:~/y\nC=\"~\"\nD=~+\nE=\\~\n",
        "A='a'\\''b'\n",
        "A+=1\nA+=2\n",
        "A=$'a\\0b'c\n",
        "# c\n\n  # d\nA=1 # e\n",
        "A=a#b\nB= #c\n",
        "A=${NO:?x}\n",
        "A=${OUT/o/0}\nB=${#OUT}\nC=${OUT:0:2}\n",
        "A=1\r\n\r\nB=2\r\n",
        "declare -x A=1\ntypeset B=2\nreadonly C=3\n",
        "! A=1\nB=2\n",
        "A=1 | :\nB=2\n",
        "while false; do A=1; done\nB=1\n",
        "A=\\",
        "export \"A=b c\" 'B=d'\n",
    ]);
    compare(Dialect::Shell, Loader::Bash, &files);
}

#[test]
fn python_dotenv_takes_what_we_say() {
    let files = of(&[
        "A=1\nA\n",
        "NO\nA=${NO:-d}\n",
        "'A b'=1\n",
        "A= # c\nB=#c\nC=x#c\nD=x #c\n",
        "A='a\\'b' # c\n",
        "A=\"a\" b\nB=1\n",
        "A='a\nB=1\n",
        "A=\"a\r\nb\"\r\n",
        "export A=1\nexport=2\nexportB=3\n",
        "A='${OUT}'\nB=$OUT\n",
        "A=${OUT:x}${NO:-${OUT}}\n",
        "A=x\0y\n",
        "A =\t1\n",
    ]);
    compare(Dialect::Python, Loader::Python, &files);
}
