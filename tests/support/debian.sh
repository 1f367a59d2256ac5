# SPDX-License-Identifier: GPL-3.0-or-later
# Other Debians, and an Ubuntu, to test in, for the scripts that source this: made by debootstrap
# from the mirror that this machine's own sources name, and entered by `unshare -m` and pivot_root.

skip() {
	echo "skipped: missing: $1" >&2
	exit 77
}

# debian_need: skips where none can be made.
debian_need() {
	[ "$(id -u)" = 0 ] || skip root
	command -v debootstrap >/dev/null ||
		skip "apt-get install -y --no-install-recommends debootstrap"
	# shellcheck disable=SC2016
	debian_mirror=$(apt-get indextargets --format '$(REPO_URI)' |
		grep -m 1 '/debian/\{0,1\}$') ||
		skip "a Debian mirror in this machine's sources of packages"
}

# debian_make SUITE ROOT: makes it, or uses again what is there; with an empty folder /src.
debian_make() {
	if [ ! -e "$2/made" ]; then
		mkdir -p "$2"
		local from=("$1" "$2" "$debian_mirror")
		local script=/usr/share/debootstrap/scripts/gutsy
		if [ "$1" = resolute ]; then # Ubuntu 26.04: debootstrap says where that is
			from=(--components=main,universe "$1" "$2"
				"$(sed -n 's|.*default_mirror \(.*//archive.*\)|\1|p' $script)" $script)
		fi
		debootstrap --variant=minbase --include=ca-certificates "${from[@]}"
		apt-config dump | grep '^Acquire::' >"$2/etc/apt/apt.conf.d/90platform" || true
		touch "$2/made"
	fi
	cp -L /etc/resolv.conf "$2/etc/resolv.conf"
	rm -rf "$2/src"
	mkdir -p "$2/src" "$2/old"
}

# Runs its argument, a command, in /src.
# shellcheck disable=SC2016
debian_inside='cd /src && exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root RUNLEVEL=1 \
	DEBIAN_FRONTEND=noninteractive bash -c "$1"'

# debian_enter ROOT COMMAND: runs it there; its exit status.
debian_enter() {
	# shellcheck disable=SC2016
	unshare -m --propagation private bash -euc '
		mount --bind "$1" "$1"
		mount -t proc proc "$1/proc"
		mount --rbind /sys "$1/sys"
		mount --rbind /dev "$1/dev"
		mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
		mount -t tmpfs -o mode=755 tmpfs "$1/run"
		cd "$1"
		pivot_root . old
		exec chroot . bash -c "umount -l /old; $2" bash "$3"' \
		bash "$1" "$debian_inside" "$2"
}
