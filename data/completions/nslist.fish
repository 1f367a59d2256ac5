# SPDX-License-Identifier: GPL-3.0-or-later
# fish completion of nslist(8). Names that change are asked of the system when they are wanted.

function __nslist_columns
    nslist --list-columns 2>/dev/null | string replace -r ' +' \t
end

function __nslist_names
    for name in /run/netns/*
        string replace /run/netns/ '' $name
    end
    nslist -qnr --output=container,pod,unit,command 2>/dev/null |
        string replace -r '^((?:[^ ]* ){3})(?:\[(?:in\\\\x20)?([^] ]*)\])?.*' '$1$2' |
        string split ' ' | sort -u | string match -v -- - | string match -v -- ''
end

function __nslist_objects
    for interface in /sys/class/net/*
        string replace /sys/class/net/ peer: $interface
    end
    string match -r '^\S+ \S+' </proc/self/mounts | string replace -r '^\S+ ' mount: | sort -u
end

# The values so far, with a comma behind them, before each candidate that is left.
function __nslist_list
    set -l so_far (commandline -ct | string replace -r '^(-[a-z]|--[a-z]+=)' '' | string match -r '^(?:.*,|\+)')
    set -q so_far[1]; or set so_far '' # not nothing, of which there is no product
    for candidate in $argv
        echo $so_far$candidate
    end
end

function __nslist_pids
    for entry in /proc/*
        string match -r '[0-9]+$' $entry
    end
end

set -l c complete -c nslist
$c -s a -l all -d 'The root namespaces too'
$c -s t -l type -x -a '(__nslist_list cgroup ipc mnt net pid time user uts)' -d 'Only these types'
$c -s p -l task -x -a '(__nslist_list (__nslist_pids))' -d 'Only namespaces that one of these is in'
$c -s P -l persistent -d 'Only namespaces without a process'
$c -s Q -l filter -x -a '(__nslist_columns)' -d 'Only rows for which it holds'
$c -l threads -d 'Also threads in other namespaces than their process'
$c -l reference -x -a '(__nslist_pids)' -d 'Count its namespaces as the root ones'
$c -l proc -x -a '(__fish_complete_directories)' -d 'Another procfs'
$c -l from -r -F -d 'A saved JSON document'
$c -l diff -r -F -d 'What has changed since a saved JSON document'
$c -l watch -f -d 'Each change as it is seen'
$c -l watch -x -a '0.5 1 2 5 10 60' -n 'commandline -ct | string match -q -- "--watch=*"'
$c -s c -l containers -d 'A row for each container'
$c -s s -l summary -d 'A row for each namespace'
$c -l census -x -a 'auto procfs bpf' -d 'How tasks are counted'
$c -s m -l matrix -d 'A row for each process, a column for each type'
$c -s T -l tree -f -d 'A tree'
$c -l tree -x -a 'namespace process owner parent container' -n 'commandline -ct | string match -q -- "--tree=*"'
$c -s J -l json -d 'One JSON document'
$c -s L -l jsonl -d 'The rows as JSON lines'
$c -s F -l format -x -a 'table containers summary matrix tree json jsonl csv dot prometheus' -d 'Any format'
$c -s o -l output -x -a '(__nslist_list (__nslist_columns))' -d 'Which columns'
$c -l output-all -d 'All columns'
$c -s H -l list-columns -d 'Which columns there are'
$c -s d -l details -d 'What each namespace is'
$c -s n -l noheadings -d 'No header line'
$c -s r -l raw -d 'Fields escaped, one space between them'
$c -s u -l notruncate -d 'Do not cut lines'
$c -s l -l list -d 'The table, not a tree'
$c -s W -l nowrap -d 'Do not wrap lines'
$c -l fold -f -d 'Lines for what is alike'
$c -l fold -x -a 'auto always never' -n 'commandline -ct | string match -q -- "--fold=*"'
$c -l color -f -d Colours
$c -l color -x -a 'auto always never' -n 'commandline -ct | string match -q -- "--color=*"'
$c -l strict -d 'Exit with 3 where something could not be read'
$c -s q -l quiet -d 'No warnings'
$c -s h -l help -d 'The options'
$c -s V -l version -d 'The version'
$c -l verbose -d 'With --version: what of the kernel can be used'
$c -f -a '(__nslist_names)' -d 'Name'
$c -n 'commandline -ct | string match -qr "^[0-9]"' -f -a '(__nslist_pids)' -d PID
$c -n 'commandline -ct | string match -q "*/*"' -F
$c -f -n 'string match -qr "^(p|m)" -- (commandline -ct)' -a '(__nslist_objects)' -d 'Veth or file system'
