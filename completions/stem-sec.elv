
use builtin;
use str;

set edit:completion:arg-completer[stem-sec] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'stem-sec'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'stem-sec'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand keygen 'Mint one signing key and print its variables'
            cand completions 'Print the completion script of a shell'
            cand man 'Print the manual page'
        }
        &'stem-sec;keygen'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand hmac 'A shared secret: 32 bytes from the operating system'
            cand ed25519 'A key pair: the private half signs, the public half verifies'
        }
        &'stem-sec;keygen;hmac'= {
            cand --id 'The key''s id, as messages will name it'
            cand --role 'Print only what this role may hold'
            cand --format 'How to print the variables'
            cand --out 'Write the variables to a new file instead of standard output'
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand --owner 'Owner of the private files, as UID, UID:GID or :GID, in numbers'
            cand --mode 'Mode of the private files; others may never read them'
            cand --force 'Replace the file of --out; the old one is kept beside it'
            cand --keyring 'Store the key in the keyring, too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'stem-sec;keygen;ed25519'= {
            cand --id 'The key''s id, as messages will name it'
            cand --role 'Print only what this role may hold'
            cand --format 'How to print the variables'
            cand --out 'Write the variables to a new file instead of standard output'
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand --owner 'Owner of the private files, as UID, UID:GID or :GID, in numbers'
            cand --mode 'Mode of the private files; others may never read them'
            cand --force 'Replace the file of --out; the old one is kept beside it'
            cand --keyring 'Store the key in the keyring, too'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'stem-sec;completions'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'stem-sec;man'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
    ]
    $completions[$command]
}
