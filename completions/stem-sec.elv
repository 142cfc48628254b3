
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
            cand init 'Mint everything a deployment needs and write every component''s files'
            cand keygen 'Mint one signing key and print its variables'
            cand certs 'Make, renew, watch and check certificates'
            cand render 'Write each component''s files from the manifest and the store'
            cand rotate 'Change keys and certificates by plans that are proven safe'
            cand inventory 'Say which process can read which secret, and why'
            cand audit 'Find secrets in the wrong place, signing that is off, TLS that does not protect'
            cand explain 'Say why a rule is one, what to change, and show it on an example'
            cand roles 'Say who may hold what, and why'
            cand completions 'Print the completion script of a shell'
            cand man 'Print the manual page'
        }
        &'stem-sec;init'= {
            cand --signing 'How messages are signed [default: ed25519]'
            cand --transport 'How connections are protected: plaintext, tls or mtls [default: mtls]'
            cand --target 'For whom files are written [default: dotenv]'
            cand --broker 'Where the broker is, without a password [default: rediss://redis:6379/0]'
            cand --host 'Names and addresses of the broker, for its certificate [default: the URL''s host, localhost, 127.0.0.1 and ::1]'
            cand --component 'A component and its roles [default: producer, worker, beat, cli, and redis=broker]'
            cand --service 'What a component''s service or unit is called, where that is not its own name'
            cand --owner 'The user whom a component''s files will belong to, in numbers'
            cand --project 'The compose file of a project that is there already; it is left alone, and an override is written'
            cand --install 'Where the written folder will live on its target; absolute [default: where it is written]'
            cand -y 'Take the defaults for all that no flag says, and go ahead'
            cand --yes 'Take the defaults for all that no flag says, and go ahead'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
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
        &'stem-sec;certs'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand create 'Make a CA, a server''s and a client''s certificate: ca.crt, server.crt, server.key, client.crt, client.key'
            cand issue 'Issue one certificate, signed by the store''s CA'
            cand renew 'Issue certificates again: same purpose, subject and names, a new key, a later end'
            cand status 'Say what expires when, CAs included'
            cand verify 'Check chain, purpose, names, keys and form of certificates'
        }
        &'stem-sec;certs;create'= {
            cand --host 'Host name or IP address that clients connect to; repeat it, or separate several by commas'
            cand --client 'Common name of the client''s certificate'
            cand --key-type 'Kind of all keys that are made'
            cand --days 'Days that the certificates are valid [default: 365]; never longer than their CA'
            cand --not-after 'Last moment of their validity, instead of --days: a date (the end of that day, UTC) or RFC 3339'
            cand --ca-dir 'Folder for ca.crt and ca.key, instead of the store'
            cand --ca 'Sign with a root CA made elsewhere: its certificate'
            cand --ca-key 'The key of --ca'
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand --owner 'Owner of the private files, as UID, UID:GID or :GID, in numbers'
            cand --mode 'Mode of the private files; others may never read them'
            cand --peer 'Let the server be a client too, as a broker is of its replicas'
            cand --new-ca 'Make a new CA, even if there is one; the old one stays trusted while it is valid'
            cand --force 'Replace files that are there; the old ones are kept beside them'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'stem-sec;certs;issue'= {
            cand --host 'Host name or IP address that clients connect to; repeat it, or separate several by commas'
            cand --out 'Write NAME.crt and NAME.key into this folder instead of the store'
            cand --key-type 'Kind of its key, and of the CA''s if one is made'
            cand --days 'Days that the certificates are valid [default: 365]; never longer than their CA'
            cand --not-after 'Last moment of their validity, instead of --days: a date (the end of that day, UTC) or RFC 3339'
            cand --ca 'Sign with a root CA made elsewhere: its certificate'
            cand --ca-key 'The key of --ca'
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand --owner 'Owner of the private files, as UID, UID:GID or :GID, in numbers'
            cand --mode 'Mode of the private files; others may never read them'
            cand --new-ca 'Make a new CA, even if there is one; the old one stays trusted while it is valid'
            cand --force 'Replace files that are there; the old ones are kept beside them'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'stem-sec;certs;renew'= {
            cand --due 'Only what expires within this time: 12h, 30d, 2w'
            cand --key-type 'Kind of the new keys [default: as before]'
            cand --days 'Days that the certificates are valid [default: 365]; never longer than their CA'
            cand --not-after 'Last moment of their validity, instead of --days: a date (the end of that day, UTC) or RFC 3339'
            cand --ca-dir 'Folder with ca.crt and ca.key, instead of the store'
            cand --ca 'Sign with a root CA made elsewhere: its certificate'
            cand --ca-key 'The key of --ca'
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand --all 'Everything in the store'
            cand --reuse-key 'Keep the keys'
            cand --new-ca 'Make a new CA, even if there is one; the old one stays trusted while it is valid'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'stem-sec;certs;status'= {
            cand --expires-within 'What expires within this time is due: 12h, 30d, 2w'
            cand --at 'Ask about another moment than now: a date or RFC 3339'
            cand --format 'How to print it'
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'stem-sec;certs;verify'= {
            cand --ca 'Trusted CAs [default: ca.crt beside the certificate, else the store''s]'
            cand --host 'Host name or IP address that clients connect to; repeat it, or separate several by commas'
            cand --purpose 'What it must be good for [default: what it says itself]'
            cand --at 'Ask about another moment than now: a date or RFC 3339'
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'stem-sec;render'= {
            cand --role 'Only components with this role'
            cand --component 'Only this component'
            cand --target 'For whom, instead of what the manifest says'
            cand --out 'Write here, instead of where the manifest says'
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand --check 'Write nothing; print the differences, secrets hidden, and exit 1 if there are any'
            cand --dry-run 'Write nothing; print the differences, secrets hidden'
            cand --prune 'Remove files written earlier that no component needs any more'
            cand --force 'Replace files that somebody else put there; the old ones are kept beside them'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'stem-sec;rotate'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand check 'Prove that a plan is safe, or say the shortest way in which a message is lost'
            cand plan 'Make a plan that is proven safe: steps, gates, dates and the way back'
            cand start 'Begin a rotation: mint what it needs, and put the keyring at its first step'
            cand advance 'Go on to the next step, when everybody has the present one'
            cand abort 'Turn back: the rest of the plan becomes the way to where the rotation began'
            cand status 'Say where the rotation stands, what is to be done, and which keys are due'
        }
        &'stem-sec;rotate;check'= {
            cand --from 'Instead of a plan: the folder of the deployment as it is'
            cand --to 'The folder of the deployment as it will be after one rollout'
            cand --assign 'Say which roles processes have: by name, DEPLOYMENT/NAME or file, `*` for any text'
            cand --format 'How to print the verdict'
            cand --drained 'Nothing is left that was signed with keys which nobody signs with any more: somebody has waited, and looked'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'stem-sec;rotate;plan'= {
            cand --to 'The new key''s id [default: this month], the new CA''s name, or the posture: `ed25519`, `mtls`, `ed25519+mtls`'
            cand --from 'Read the deployment below this folder instead of a store'
            cand --assign 'Say which roles processes have, with --from: by name, DEPLOYMENT/NAME or file'
            cand --format 'How to print it'
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand --leaked 'Somebody else may have the old key: it goes at once, and what it signed is lost'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'stem-sec;rotate;start'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand signing 'Another signing key'
            cand ca 'Another CA, with new certificates for everybody'
            cand server 'A new certificate for the broker'
            cand clients 'New certificates for all clients'
            cand posture 'Another way of signing, another transport, or both'
        }
        &'stem-sec;rotate;start;signing'= {
            cand --to 'The id of the new key [default: this month, like 2026-11]'
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand --leaked 'Somebody else may have the old key: it goes at once, with what it signed'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'stem-sec;rotate;start;ca'= {
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'stem-sec;rotate;start;server'= {
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'stem-sec;rotate;start;clients'= {
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'stem-sec;rotate;start;posture'= {
            cand --to 'Ways of signing and transports: none, hmac-sha256, ed25519, plaintext, tls, mtls'
            cand --broker 'The broker''s URL afterwards, where TLS begins or ends [default: the next port]'
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'stem-sec;rotate;advance'= {
            cand --confirmed 'Components whose every process is as the present step says, no old one left'
            cand --evidence 'Deployment files that show it: what a component is given there is what the step says'
            cand --reason 'Why, for the history'
            cand --step 'The step that is meant; refused where another is the present one'
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand --force 'Go on without that; needs a reason'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'stem-sec;rotate;abort'= {
            cand --reason 'Why, for the history'
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand --force 'Turn back in one step where no way back is safe; needs a reason'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'stem-sec;rotate;status'= {
            cand --format 'How to print it'
            cand --state 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]'
            cand --history 'Also who did what, when and why'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'stem-sec;inventory'= {
            cand --role 'Only processes with this role'
            cand --assign 'Say which roles processes have: by name, DEPLOYMENT/NAME or file, `*` for any text'
            cand --format 'How to print it'
            cand --unknown 'Only processes whose role nothing says'
            cand --deployment-files 'Decide by the names of files which to open, instead of looking into each'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'stem-sec;audit'= {
            cand --role 'What the process with this environment does, with --env'
            cand --format 'How to print it'
            cand --output 'Write it to a file, too, in this or another format; may be given several times'
            cand --color 'Whether to use colours'
            cand --fail-on 'The least severity that makes the answer no [default: error, or what the manifest says]'
            cand --assign 'Say which roles processes have: by name, DEPLOYMENT/NAME or file, `*` for any text'
            cand --baseline 'Findings that were there before and do not count: a file that --write-baseline wrote'
            cand --write-baseline 'Write down what is found now, so that only new findings count later'
            cand --at 'Judge how it will stand at this moment: a date, or RFC 3339 [default: now]'
            cand --env 'Judge the environment of this very process instead: for an entrypoint'
            cand --list 'Say which rules there are, and judge nothing'
            cand --exit-zero 'Answer yes whatever is found'
            cand --deployment-files 'Decide by the names of files which to open, instead of looking into each'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'stem-sec;explain'= {
            cand --format 'How to print it'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'stem-sec;roles'= {
            cand --signing 'How messages are signed: none, hmac-sha256 or ed25519 [default: as in stem-sec.yaml, else ed25519]'
            cand --transport 'How connections are protected: plaintext, tls or mtls [default: as in stem-sec.yaml, else mtls]'
            cand --format 'How to print it'
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
