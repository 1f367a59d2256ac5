# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion of nslist(8). Names that change are asked of the system when they are wanted.

_nslist_plain='[:alnum:]@._:-' # what is in names that no shell takes apart

# Completes names of files, which may have blanks in them: $@ is for compgen.
_nslist_files()
{
	mapfile -t COMPREPLY < <(compgen "$@")
	compopt -o filenames
}

# Completes the last of the values in a list with commas: $1 the word so far, $2 the candidates.
_nslist_list()
{
	local done="" candidate
	COMPREPLY=()
	case $1 in
	*,*) done=${1%,*}, ;;
	+*) done=+ ;;
	esac
	for candidate in $(compgen -W "$2" -- "${1#"$done"}"); do
		COMPREPLY+=("$done$candidate")
	done
	compopt -o nospace
}

_nslist_pids()
{
	local entry
	for entry in /proc/[0-9]*; do
		printf '%s\n' "${entry#/proc/}"
	done
}

# What stands behind "peer:" and "mount:". Where the colon ends a word for readline, the part before
# it is not to be completed again.
_nslist_objects()
{
	local before=${1%%:*}: name
	[[ $COMP_WORDBREAKS == *:* ]] && before=
	case $1 in
	peer:*)
		for name in /sys/class/net/*; do
			name=${name#/sys/class/net/}
			[[ $name != *[!$_nslist_plain]* && -z ${name##"${1#*:}"*} ]] &&
				COMPREPLY+=("$before$name")
		done ;;
	*) _nslist_files -P "$before" -f -- "${1#*:}" ;;
	esac
}

# Names of ip netns, containers, pods and units, and labels such as docker:web; those that a shell
# would take apart are left out: "compgen -W" expands words, and runs what is in "$()".
_nslist_names()
{
	local name
	{
		for name in /run/netns/*; do
			[[ -e $name ]] && printf '%s\n' "${name#/run/netns/}"
		done
		nslist --quiet --noheadings --raw --output=container,pod,unit,command 2>/dev/null |
			sed -E 's/^(([^ ]* ){3})(\[(in\\x20)?([^] ]*)\])?.*/\1\5/' | tr ' ' '\n'
	} | sort -u | grep -aEx "[$_nslist_plain]*[[:alnum:]][$_nslist_plain]*"
}

_nslist_values()
{
	local types="cgroup ipc mnt net pid time user uts"

	case $1 in
	-t | --type) _nslist_list "$2" "$types" ;;
	-p | --task) _nslist_list "$2" "$(_nslist_pids)" ;;
	-o | --output)
		_nslist_list "$2" "$(nslist --list-columns 2>/dev/null | cut -d' ' -f1)" ;;
	-F | --format)
		COMPREPLY=($(compgen -W "table containers summary matrix tree json jsonl csv dot prometheus" -- "$2")) ;;
	-T | --tree)
		COMPREPLY=($(compgen -W "namespace process owner parent container" -- "$2")) ;;
	--color | --fold) COMPREPLY=($(compgen -W "auto always never" -- "$2")) ;;
	--reference) COMPREPLY=($(compgen -W "$(_nslist_pids)" -- "$2")) ;;
	--census) COMPREPLY=($(compgen -W "auto procfs bpf" -- "$2")) ;;
	--proc) _nslist_files -o dirnames -- "$2" ;;
	--watch) COMPREPLY=($(compgen -W "0.5 1 2 5 10 60" -- "$2")) ;;
	--from | --diff) _nslist_files -f -- "$2" ;;
	-Q | --filter)
		COMPREPLY=($(compgen -W "$(nslist --list-columns 2>/dev/null | cut -d' ' -f1)" -- "$2")) ;;
	*) return 1 ;;
	esac
}

# For readline a word begins anew behind a colon, where COMP_WORDBREAKS has one.
_nslist_colons()
{
	local before=${1%"${1##*:}"} i
	[[ $COMP_WORDBREAKS == *:* ]] || return
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=${COMPREPLY[i]#"$before"}
	done
}

_nslist()
{
	local line=${COMP_LINE:0:COMP_POINT} word previous
	local options="--all --type= --task= --persistent --filter= --threads --reference= --proc= --from= --diff= --watch --census=
		--containers --summary --matrix --tree --json --jsonl --format= --output= --output-all
		--list-columns --details --noheadings --raw --notruncate --list --nowrap --fold --color
		--strict --quiet --verbose
		--help --version"

	COMPREPLY=()
	# As the shell's own words are, without COMP_WORDBREAKS: "--type=net" and "net:[4026" are one.
	word=${line##*[[:space:]]}
	previous=${line%"$word"}
	previous=${previous%"${previous##*[![:space:]]}"}
	previous=${previous##*[[:space:]]}
	case $word in
	--*=*)
		_nslist_values "${word%%=*}" "${word#*=}" ;;
	-*)
		COMPREPLY=($(compgen -W "$options" -- "$word"))
		[[ ${COMPREPLY-} == *= ]] && compopt -o nospace ;;
	*)
		case $previous in
		-T | --tree | --color | --watch) ;; # their values are only taken behind a "="
		*) _nslist_values "$previous" "$word" && return ;;
		esac
		case $word in
		peer:* | mount:*) _nslist_objects "$word" ;;
		*/*) _nslist_files -f -- "$word" ;;
		[0-9]*) COMPREPLY=($(compgen -W "$(_nslist_pids)" -- "$word")) ;;
		*) COMPREPLY=($(compgen -W "$(_nslist_names) peer: mount:" -- "$word"))
			_nslist_colons "$word"
			[[ ${COMPREPLY-} == *: ]] && compopt -o nospace ;;
		esac ;;
	esac
}

complete -F _nslist nslist
