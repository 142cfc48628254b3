# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_stem_sec_global_optspecs
    string join \n h/help V/version
end

function __fish_stem_sec_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_stem_sec_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_stem_sec_using_subcommand
    set -l cmd (__fish_stem_sec_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c stem-sec -n "__fish_stem_sec_needs_command" -s h -l help -d 'Print help'
complete -c stem-sec -n "__fish_stem_sec_needs_command" -s V -l version -d 'Print version'
complete -c stem-sec -n "__fish_stem_sec_needs_command" -f -a "init" -d 'Mint everything a deployment needs and write every component\'s files'
complete -c stem-sec -n "__fish_stem_sec_needs_command" -f -a "keygen" -d 'Mint one signing key and print its variables'
complete -c stem-sec -n "__fish_stem_sec_needs_command" -f -a "certs" -d 'Make, renew, watch and check certificates'
complete -c stem-sec -n "__fish_stem_sec_needs_command" -f -a "render" -d 'Write each component\'s files from the manifest and the store'
complete -c stem-sec -n "__fish_stem_sec_needs_command" -f -a "rotate" -d 'Change keys and certificates by plans that are proven safe'
complete -c stem-sec -n "__fish_stem_sec_needs_command" -f -a "inventory" -d 'Say which process can read which secret, and why'
complete -c stem-sec -n "__fish_stem_sec_needs_command" -f -a "audit" -d 'Find secrets in the wrong place, signing that is off, TLS that does not protect'
complete -c stem-sec -n "__fish_stem_sec_needs_command" -f -a "explain" -d 'Say why a rule is one, what to change, and show it on an example'
complete -c stem-sec -n "__fish_stem_sec_needs_command" -f -a "roles" -d 'Say who may hold what, and why'
complete -c stem-sec -n "__fish_stem_sec_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c stem-sec -n "__fish_stem_sec_needs_command" -f -a "man" -d 'Print the manual page'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand init" -l signing -d 'How messages are signed [default: ed25519]' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand init" -l transport -d 'How connections are protected: plaintext, tls or mtls [default: mtls]' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand init" -l target -d 'For whom files are written [default: dotenv]' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand init" -l broker -d 'Where the broker is, without a password [default: rediss://redis:6379/0]' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand init" -l host -d 'Names and addresses of the broker, for its certificate [default: the URL\'s host, localhost, 127.0.0.1 and ::1]' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand init" -l component -d 'A component and its roles [default: producer, worker, beat, cli, and redis=broker]' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand init" -l service -d 'What a component\'s service or unit is called, where that is not its own name' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand init" -l owner -d 'The user whom a component\'s files will belong to, in numbers' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand init" -l project -d 'The compose file of a project that is there already; it is left alone, and an override is written' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand init" -l install -d 'Where the written folder will live on its target; absolute [default: where it is written]' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand init" -s y -l yes -d 'Take the defaults for all that no flag says, and go ahead'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and not __fish_seen_subcommand_from hmac ed25519" -s h -l help -d 'Print help'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and not __fish_seen_subcommand_from hmac ed25519" -f -a "hmac" -d 'A shared secret: 32 bytes from the operating system'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and not __fish_seen_subcommand_from hmac ed25519" -f -a "ed25519" -d 'A key pair: the private half signs, the public half verifies'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from hmac" -l id -d 'The key\'s id, as messages will name it' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from hmac" -l role -d 'Print only what this role may hold' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from hmac" -l format -d 'How to print the variables' -r -f -a "env\t'NAME=value lines, as every env file loader reads them'
json\t'One JSON object'"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from hmac" -l out -d 'Write the variables to a new file instead of standard output' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from hmac" -l state -d 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from hmac" -l owner -d 'Owner of the private files, as UID, UID:GID or :GID, in numbers' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from hmac" -l mode -d 'Mode of the private files; others may never read them' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from hmac" -l force -d 'Replace the file of --out; the old one is kept beside it'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from hmac" -l keyring -d 'Store the key in the keyring, too'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from hmac" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from ed25519" -l id -d 'The key\'s id, as messages will name it' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from ed25519" -l role -d 'Print only what this role may hold' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from ed25519" -l format -d 'How to print the variables' -r -f -a "env\t'NAME=value lines, as every env file loader reads them'
json\t'One JSON object'"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from ed25519" -l out -d 'Write the variables to a new file instead of standard output' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from ed25519" -l state -d 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from ed25519" -l owner -d 'Owner of the private files, as UID, UID:GID or :GID, in numbers' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from ed25519" -l mode -d 'Mode of the private files; others may never read them' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from ed25519" -l force -d 'Replace the file of --out; the old one is kept beside it'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from ed25519" -l keyring -d 'Store the key in the keyring, too'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand keygen; and __fish_seen_subcommand_from ed25519" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and not __fish_seen_subcommand_from create issue renew status verify" -s h -l help -d 'Print help'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and not __fish_seen_subcommand_from create issue renew status verify" -f -a "create" -d 'Make a CA, a server\'s and a client\'s certificate: ca.crt, server.crt, server.key, client.crt, client.key'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and not __fish_seen_subcommand_from create issue renew status verify" -f -a "issue" -d 'Issue one certificate, signed by the store\'s CA'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and not __fish_seen_subcommand_from create issue renew status verify" -f -a "renew" -d 'Issue certificates again: same purpose, subject and names, a new key, a later end'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and not __fish_seen_subcommand_from create issue renew status verify" -f -a "status" -d 'Say what expires when, CAs included'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and not __fish_seen_subcommand_from create issue renew status verify" -f -a "verify" -d 'Check chain, purpose, names, keys and form of certificates'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -l host -d 'Host name or IP address that clients connect to; repeat it, or separate several by commas' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -l client -d 'Common name of the client\'s certificate' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -l key-type -d 'Kind of all keys that are made' -r -f -a "p256\t''
p384\t''
rsa-2048\t''
rsa-3072\t''
rsa-4096\t''"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -l days -d 'Days that the certificates are valid [default: 365]; never longer than their CA' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -l not-after -d 'Last moment of their validity, instead of --days: a date (the end of that day, UTC) or RFC 3339' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -l ca-dir -d 'Folder for ca.crt and ca.key, instead of the store' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -l ca -d 'Sign with a root CA made elsewhere: its certificate' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -l ca-key -d 'The key of --ca' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -l state -d 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -l owner -d 'Owner of the private files, as UID, UID:GID or :GID, in numbers' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -l mode -d 'Mode of the private files; others may never read them' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -l peer -d 'Let the server be a client too, as a broker is of its replicas'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -l new-ca -d 'Make a new CA, even if there is one; the old one stays trusted while it is valid'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -l force -d 'Replace files that are there; the old ones are kept beside them'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from issue" -l host -d 'Host name or IP address that clients connect to; repeat it, or separate several by commas' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from issue" -l out -d 'Write NAME.crt and NAME.key into this folder instead of the store' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from issue" -l key-type -d 'Kind of its key, and of the CA\'s if one is made' -r -f -a "p256\t''
p384\t''
rsa-2048\t''
rsa-3072\t''
rsa-4096\t''"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from issue" -l days -d 'Days that the certificates are valid [default: 365]; never longer than their CA' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from issue" -l not-after -d 'Last moment of their validity, instead of --days: a date (the end of that day, UTC) or RFC 3339' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from issue" -l ca -d 'Sign with a root CA made elsewhere: its certificate' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from issue" -l ca-key -d 'The key of --ca' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from issue" -l state -d 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from issue" -l owner -d 'Owner of the private files, as UID, UID:GID or :GID, in numbers' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from issue" -l mode -d 'Mode of the private files; others may never read them' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from issue" -l new-ca -d 'Make a new CA, even if there is one; the old one stays trusted while it is valid'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from issue" -l force -d 'Replace files that are there; the old ones are kept beside them'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from issue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from renew" -l due -d 'Only what expires within this time: 12h, 30d, 2w' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from renew" -l key-type -d 'Kind of the new keys [default: as before]' -r -f -a "p256\t''
p384\t''
rsa-2048\t''
rsa-3072\t''
rsa-4096\t''"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from renew" -l days -d 'Days that the certificates are valid [default: 365]; never longer than their CA' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from renew" -l not-after -d 'Last moment of their validity, instead of --days: a date (the end of that day, UTC) or RFC 3339' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from renew" -l ca-dir -d 'Folder with ca.crt and ca.key, instead of the store' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from renew" -l ca -d 'Sign with a root CA made elsewhere: its certificate' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from renew" -l ca-key -d 'The key of --ca' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from renew" -l state -d 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from renew" -l all -d 'Everything in the store'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from renew" -l reuse-key -d 'Keep the keys'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from renew" -l new-ca -d 'Make a new CA, even if there is one; the old one stays trusted while it is valid'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from renew" -s h -l help -d 'Print help'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from status" -l expires-within -d 'What expires within this time is due: 12h, 30d, 2w' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from status" -l at -d 'Ask about another moment than now: a date or RFC 3339' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from status" -l format -d 'How to print it' -r -f -a "human\t'A table'
json\t'One JSON object'"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from status" -l state -d 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from verify" -l ca -d 'Trusted CAs [default: ca.crt beside the certificate, else the store\'s]' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from verify" -l host -d 'Host name or IP address that clients connect to; repeat it, or separate several by commas' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from verify" -l purpose -d 'What it must be good for [default: what it says itself]' -r -f -a "server\t'To be connected to'
client\t'To connect'
peer\t'Both'"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from verify" -l at -d 'Ask about another moment than now: a date or RFC 3339' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from verify" -l state -d 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand certs; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand render" -l role -d 'Only components with this role' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand render" -l component -d 'Only this component' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand render" -l target -d 'For whom, instead of what the manifest says' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand render" -l out -d 'Write here, instead of where the manifest says' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand render" -l state -d 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand render" -l check -d 'Write nothing; print the differences, secrets hidden, and exit 1 if there are any'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand render" -l dry-run -d 'Write nothing; print the differences, secrets hidden'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand render" -l prune -d 'Remove files written earlier that no component needs any more'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand render" -l force -d 'Replace files that somebody else put there; the old ones are kept beside them'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand render" -s h -l help -d 'Print help'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and not __fish_seen_subcommand_from check plan start advance abort status" -s h -l help -d 'Print help'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and not __fish_seen_subcommand_from check plan start advance abort status" -f -a "check" -d 'Prove that a plan is safe, or say the shortest way in which a message is lost'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and not __fish_seen_subcommand_from check plan start advance abort status" -f -a "plan" -d 'Make a plan that is proven safe: steps, gates, dates and the way back'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and not __fish_seen_subcommand_from check plan start advance abort status" -f -a "start" -d 'Begin a rotation: mint what it needs, and put the keyring at its first step'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and not __fish_seen_subcommand_from check plan start advance abort status" -f -a "advance" -d 'Go on to the next step, when everybody has the present one'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and not __fish_seen_subcommand_from check plan start advance abort status" -f -a "abort" -d 'Turn back: the rest of the plan becomes the way to where the rotation began'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and not __fish_seen_subcommand_from check plan start advance abort status" -f -a "status" -d 'Say where the rotation stands, what is to be done, and which keys are due'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from check" -l from -d 'Instead of a plan: the folder of the deployment as it is' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from check" -l to -d 'The folder of the deployment as it will be after one rollout' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from check" -l assign -d 'Say which roles processes have: by name, DEPLOYMENT/NAME or file, `*` for any text' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from check" -l format -d 'How to print the verdict' -r -f -a "human\t'Text'
json\t'One JSON object'
markdown\t'For a document'"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from check" -l drained -d 'Nothing is left that was signed with keys which nobody signs with any more: somebody has waited, and looked'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from plan" -l to -d 'The new key\'s id [default: this month], the new CA\'s name, or the posture: `ed25519`, `mtls`, `ed25519+mtls`' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from plan" -l from -d 'Read the deployment below this folder instead of a store' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from plan" -l assign -d 'Say which roles processes have, with --from: by name, DEPLOYMENT/NAME or file' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from plan" -l format -d 'How to print it' -r -f -a "human\t'Text'
json\t'One JSON object'
yaml\t'A plan file'
markdown\t'A runbook for a change ticket'"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from plan" -l state -d 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from plan" -l leaked -d 'Somebody else may have the old key: it goes at once, and what it signed is lost'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from start" -f -a "signing" -d 'Another signing key'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from start" -f -a "ca" -d 'Another CA, with new certificates for everybody'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from start" -f -a "server" -d 'A new certificate for the broker'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from start" -f -a "clients" -d 'New certificates for all clients'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from start" -f -a "posture" -d 'Another way of signing, another transport, or both'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from advance" -l confirmed -d 'Components whose every process is as the present step says, no old one left' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from advance" -l evidence -d 'Deployment files that show it: what a component is given there is what the step says' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from advance" -l reason -d 'Why, for the history' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from advance" -l step -d 'The step that is meant; refused where another is the present one' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from advance" -l state -d 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from advance" -l force -d 'Go on without that; needs a reason'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from advance" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from abort" -l reason -d 'Why, for the history' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from abort" -l state -d 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from abort" -l force -d 'Turn back in one step where no way back is safe; needs a reason'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from abort" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from status" -l format -d 'How to print it' -r -f -a "human\t'Text'
json\t'One JSON object'"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from status" -l state -d 'The store of keys and certificates [default: .stem-sec beside the nearest stem-sec.yaml, else here]' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from status" -l history -d 'Also who did what, when and why'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand rotate; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand inventory" -l role -d 'Only processes with this role' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand inventory" -l assign -d 'Say which roles processes have: by name, DEPLOYMENT/NAME or file, `*` for any text' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand inventory" -l format -d 'How to print it' -r -f -a "human\t'Tables'
json\t'One JSON object'
markdown\t'Tables for a document'"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand inventory" -l unknown -d 'Only processes whose role nothing says'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand inventory" -l deployment-files -d 'Decide by the names of files which to open, instead of looking into each'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand inventory" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand audit" -l role -d 'What the process with this environment does, with --env' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand audit" -l format -d 'How to print it' -r -f -a "human\t'The lines in question, masked, and what to change'
line\t'One line a finding, for grep and editors'
json\t'One JSON object'
sarif\t'SARIF 2.1.0, for code scanning'
github\t'Annotations of a workflow on GitHub'
markdown\t'Tables for a document'"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand audit" -l output -d 'Write it to a file, too, in this or another format; may be given several times' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand audit" -l color -d 'Whether to use colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Also elsewhere'
never\t'Nowhere'"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand audit" -l fail-on -d 'The least severity that makes the answer no [default: error, or what the manifest says]' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand audit" -l assign -d 'Say which roles processes have: by name, DEPLOYMENT/NAME or file, `*` for any text' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand audit" -l baseline -d 'Findings that were there before and do not count: a file that --write-baseline wrote' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand audit" -l write-baseline -d 'Write down what is found now, so that only new findings count later' -r -F
complete -c stem-sec -n "__fish_stem_sec_using_subcommand audit" -l at -d 'Judge how it will stand at this moment: a date, or RFC 3339 [default: now]' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand audit" -l env -d 'Judge the environment of this very process instead: for an entrypoint'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand audit" -l list -d 'Say which rules there are, and judge nothing'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand audit" -l exit-zero -d 'Answer yes whatever is found'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand audit" -l deployment-files -d 'Decide by the names of files which to open, instead of looking into each'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand audit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand explain" -l format -d 'How to print it' -r -f -a "human\t'Text'
json\t'One JSON object'
markdown\t'For a document'"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand roles" -l signing -d 'How messages are signed: none, hmac-sha256 or ed25519 [default: as in stem-sec.yaml, else ed25519]' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand roles" -l transport -d 'How connections are protected: plaintext, tls or mtls [default: as in stem-sec.yaml, else mtls]' -r
complete -c stem-sec -n "__fish_stem_sec_using_subcommand roles" -l format -d 'How to print it' -r -f -a "human\t'A table'
json\t'One JSON object'
markdown\t'A table for a document'"
complete -c stem-sec -n "__fish_stem_sec_using_subcommand roles" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand completions" -s h -l help -d 'Print help'
complete -c stem-sec -n "__fish_stem_sec_using_subcommand man" -s h -l help -d 'Print help'
