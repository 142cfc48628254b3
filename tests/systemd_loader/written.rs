//! Units for what chance does not hit: ends of lines, bytes that are no text, files that systemd
//! does not take, prefixes of commands.

use crate::common::as_root;
use crate::units::Exam;

/// A name, the lines of the unit, those of drop-ins.
type Case = (
    &'static str,
    &'static [u8],
    &'static [(&'static str, &'static [u8])],
);

const CASES: &[Case] = &[
    ("end", b"ExecStart=/mnt/exam/argv a\nEnvironment=T_A=1 \\", &[]),
    ("returns", b"ExecStart=/mnt/exam/argv a\rEnvironment=T_A=1\r\rEnvironment=T_B=2\n\rEnvironment=T_C=\\\r\n3\n", &[]),
    ("zeros", b"ExecStart=/mnt/exam/argv a\0Environment=T_A=1\0\0Environment=T_B=2\n", &[]),
    ("section", b"ExecStart=/mnt/exam/argv a\nEnvironment=T_A=1\n[Service\nEnvironment=T_B=2\n", &[]),
    ("latin", b"ExecStart=/mnt/exam/argv a\n# caf\xe9\nEnvironment=T_A=1\n", &[]),
    ("bytes", b"ExecStart=/mnt/exam/argv a\nEnvironment=T_A=\xff\nEnvironment=T_B=1\n", &[]),
    ("half", b"ExecStart=/mnt/exam/argv a\n", &[("half.service.d/a.conf", b"[Service]\nEnvironment=T_A=1\n[Broken\nEnvironment=T_B=2\n"), ("half.service.d/b.conf", b"[Service]\nEnvironment=T_C=3\n")]),
    ("mark", b"ExecStart=/mnt/exam/argv a\n", &[("mark.service.d/a.conf", b"\xef\xbb\xbf[Service]\nEnvironment=T_A=1\n")]),
    ("reset", b"Environment=T_A=1\nEnvironment=\nEnvironment=T_B=2\nExecStart=/bin/false\nExecStart=\nExecStart=/mnt/exam/argv b\n", &[]),
    ("prefixes", b"Environment=T_A=1\nExecStart=-@/mnt/exam/argv name $T_A\n", &[]),
    ("literal", b"Environment=T_A=1\nExecStart=:/mnt/exam/argv $T_A ${T_A} $$\n", &[]),
    ("quoted", b"Environment=T_A=1\nExecStart=\"/mnt/exam/argv\" \"$T_A\" '${T_A}' \\x24T_A\n", &[]),
    ("braces", b"Environment=T_A=1 T_B=\nExecStart=/mnt/exam/argv ${T_A:-x} ${T_C:-x} ${T_C:+x} x${}y ${T_A}${T_B} $T_B $T_A$T_A ${T_A $\n", &[]),
    ("split", b"Environment='T_A=a \"b c\" d\\\\ e'\nExecStart=/mnt/exam/argv $T_A\n", &[]),
    ("removed", b"Environment=T_A=1 T_B=1 T_C=1\nUnsetEnvironment=T_A T_B=2 \"T_C=1\"\nExecStart=/mnt/exam/argv a\n", &[]),
    ("other", b"[Install]\nEnvironment=T_A=1\n[X-Mine]\nEnvironment=T_B=1\n[Service]\nEnvironment=T_C=1\nExecStart=/mnt/exam/argv a\n", &[]),
    ("control", b"Environment=\"T_A=a\\x01b\" \"T_B=a\\tb\\nc\" T_C=\\x7f T_D=\\xc3\\xa9 T_E=\\xff T_F=1\nExecStart=/mnt/exam/argv a\n", &[]),
    ("names", b"Environment=1A=1 T-A=1 T_A =1 =1 T_B T_C=1\nExecStart=/mnt/exam/argv a\n", &[]),
    ("types", b"Environment=T_A=1 T_B=1\nExecStart=/mnt/exam/argv a\n", &[("service.d/50-all.conf", b"[Service]\nEnvironment=T_ALL=1\n"), ("types.service.d/60.conf", b"[Service]\nEnvironment=T_ALL=2\n")]),
    ("masked-by-own", b"ExecStart=/mnt/exam/argv a\n", &[("masked-by-own.service.d/50.conf", b"[Service]\nEnvironment=T_A=1\n")]),
    ("comments", b"Environment=T_A=1 \\\n# one \\\n; two\n  T_B=2 \\\n\n  T_C=3\nExecStart=/mnt/exam/argv a # b\n", &[]),
];

#[test]
fn files_that_are_broken_or_odd_are_taken_as_systemd_takes_them() {
    as_root(
        "written::files_that_are_broken_or_odd_are_taken_as_systemd_takes_them",
        || {
            let mut exam = Exam::new();
            for (name, head, dropins) in CASES {
                let owned: Vec<(&str, Vec<u8>)> = dropins
                    .iter()
                    .map(|(path, bytes)| (*path, bytes.to_vec()))
                    .chain((*name != "types").then(|| {
                        (
                            "service.d/50-all.conf",
                            b"[Service]\nEnvironment=T_ALL=1\n".to_vec(),
                        )
                    }))
                    .collect();
                exam.unit(&format!("{name}.service"), head, &owned);
            }
            let wrong: Vec<String> = exam
                .run()
                .into_iter()
                .filter(|(_, real, ours)| real != ours)
                .map(|(name, real, ours)| format!("{name}\nsystemd {real:?}\nours    {ours:?}"))
                .collect();
            assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        },
    );
}
