# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# The mirror (the repository's files that stand at in-tree paths) and the tree
# (build/tree, a git repository of the base and of the base with the mirror on
# top). Sourced after lib.sh.
#
# A base other than the default has a directory in bases/ with what differs there:
#
#   P.patch  an edit of the base's file P, in place of the top's P.patch
#   P        a whole file, in place of the top's or beside it
#   P.patch  where the top has a whole file P: an edit of that file
#   BASE     the pin; "absent P reason" in it leaves out a file of the top
#
# and, at no in-tree path, config and surface.tsv, which add to configs/ and
# harness/surface.tsv. All else is that of the top.
#
# Branch "base" is the base kernel. Branch "work" has one commit on top of it:
# the mirror as it was last applied. So "git status" in the tree shows the edits
# since then.

# Commits in the tree carry no person's name, except those of harness/series.
readonly TREE_IDENTITY=(-c user.name=lockdown -c user.email=lockdown@localhost)

in_tree() {
	git -C "$TREE" "${TREE_IDENTITY[@]}" "$@"
}

# Prints the files of a directory of the repository, one a line. Only the repository's
# own .gitignore counts, because global ones often name *.patch.
files_below() {
	local file

	git -C "$1" ls-files -co --exclude-per-directory=.gitignore | sort -u |
		while IFS= read -r file; do
			# A deleted file is listed until that is committed.
			[[ ! -e $1/$file ]] || printf '%s\n' "$file"
		done
}

# Prints the top's files at in-tree paths, and those of a directory in bases/.
top_files() {
	files_below "$REPO" |
		grep -Ev '^((README|CONTRIBUTING)\.md|COPYING|Makefile|Kconfig\.lockdown|BASE|\.gitignore|(series|harness|configs|bases|\.ci|build)/.*)$'
}

own_files() {
	[[ -z $1 ]] || files_below "$1" | grep -Evx 'BASE|config|surface\.tsv' || true
}

# Prints the files of the mirror for this base, one a line, by their in-tree paths.
mirror_files() {
	{ top_files; own_files "$OWN"; } | sort -u |
		grep -vxF -f <(absent_files; patches_of_whole)
}

is_absent() {
	grep -qxF -- "$1" <(absent_files)
}

# Is this a whole file of the mirror?
is_whole() {
	[[ -n $OWN && -e $OWN/$1 ]] || { [[ -e $REPO/$1 ]] && ! is_absent "$1"; }
}

# Prints where a file of the mirror stands. The second one reads the files from
# standard input.
mirror_path() {
	if [[ -n $OWN && -e $OWN/$1 ]]; then
		printf '%s\n' "$OWN/$1"
	else
		printf '%s\n' "$REPO/$1"
	fi
}

mirror_paths() {
	local file

	while IFS= read -r file; do
		mirror_path "$file"
	done
}

# Prints the edits that this base has of whole files of the top.
patches_of_whole() {
	local file

	own_files "$OWN" | { grep -vxF -f <(absent_files | sed 's/$/.patch/') || true; } |
		while IFS= read -r file; do
			[[ $file != *.patch || ! -e $REPO/${file%.patch} ]] || printf '%s\n' "$file"
		done
}

# Prints the files of the top that have no counterpart in this base.
absent_files() {
	awk '$1 == "absent" { print $2 }' "$PIN"
}

in_base() {
	in_tree cat-file -e "base:$1" 2>/dev/null
}

# Print the mirror's patches, and its whole files. Every file whose name ends in
# .patch is a patch.
mirror_patches() {
	mirror_files | grep '\.patch$' || true
}

mirror_whole() {
	mirror_files | grep -v '\.patch$' || true
}

base_field() {
	awk -v key="$1" '$1 == key { print $2; exit }' "$PIN"
}

# Prints the base files that the series removes.
removed_files() {
	awk '$1 == "removed" { print $2 }' "$PIN"
}

# Applies patches to the index that GIT_INDEX_FILE names. Git accepts other
# line numbers, but no other context.
apply_to_index() {
	in_tree apply --cached -p1 --whitespace=nowarn "$@"
}

# Adds whole files of the mirror to that index; standard input names them.
add_whole() {
	local file top=() own=()

	while IFS= read -r file; do
		if [[ -n $OWN && -e $OWN/$file ]]; then
			own+=("$file")
		else
			top+=("$file")
		fi
	done
	add_from "$REPO" "${top[@]}"
	add_from "$OWN" "${own[@]}"
}

add_from() {
	(($# == 1)) || git --git-dir="$TREE/.git" --work-tree="$1" -C "$1" update-index --add -- "${@:2}"
}

# Prints the patches that fail, one a line. Use this after applying all at once
# has failed.
failing_patches() {
	local patch

	{ mirror_patches; patches_of_whole; } | while IFS= read -r patch; do
		apply_to_index --check "$(mirror_path "$patch")" 2>/dev/null ||
			printf '%s\n' "$patch"
	done
}

# desired_tree [SKIP]: makes the git tree of the base with the mirror on top,
# and prints its id. Patches named in the file SKIP are left out. If patches fail,
# prints them on stderr and returns 1.
desired_tree() {
	local skip=${1:-/dev/null} index patches removed status=0

	index=$(mktemp -u "$BUILD/index.XXXXXX")
	export GIT_INDEX_FILE=$index
	in_tree read-tree base
	mirror_whole | add_whole
	mapfile -t patches < <({ mirror_patches; patches_of_whole; } | grep -vxF -f "$skip" | mirror_paths)
	if ((${#patches[@]})) && ! apply_to_index "${patches[@]}" 2>/dev/null; then
		failing_patches >&2
		status=1
	fi
	if ((!status)); then
		mapfile -t removed < <(removed_files)
		((!${#removed[@]})) ||
			in_tree update-index --force-remove -- "${removed[@]}"
		in_tree write-tree
	fi
	rm -f "$index" "$index.lock"
	unset GIT_INDEX_FILE
	return "$status"
}

# Prints the commit of the last application of the mirror. HEAD may be another one,
# because edits may have been committed in the tree.
synced_commit() {
	in_tree rev-parse -q --verify refs/lockdown/synced ||
		in_tree rev-parse -q --verify base
}

# Prints new files in the tree. Debian's .gitignore names everything at the top
# level, so that line is left out.
untracked_files() {
	local ignore=$TREE/.git/lockdown-ignore

	grep -vxF '/*' "$TREE/.gitignore" >"$ignore"
	# The documentation's makefile generates these in its source.
	in_tree ls-files -o -X "$ignore" -x __pycache__ \
		-x '/Documentation/networking/netlink_spec/*.rst'
}

# Lists the edits in the tree since the mirror was applied.
tree_edits() {
	in_tree diff --name-status --no-renames "$(synced_commit)" --
	untracked_files | sed 's/^/?\t/'
}

# Prints the git tree of what stands in build/tree now, edits and new files, too.
edited_tree() {
	local index status=0

	index=$(mktemp "$BUILD/index.XXXXXX")
	cp "$TREE/.git/index" "$index"
	{
		GIT_INDEX_FILE=$index in_tree add -u &&
			untracked_files | GIT_INDEX_FILE=$index in_tree update-index --add --stdin &&
			GIT_INDEX_FILE=$index in_tree write-tree
	} || status=1
	rm -f "$index" "$index.lock"
	return "$status"
}

# Makes a commit of a git tree on top of the base. Fixed dates: the same
# mirror on the same base is the same commit.
commit_on_base() {
	GIT_AUTHOR_DATE='1970-01-01T00:00:00Z' \
	GIT_COMMITTER_DATE='1970-01-01T00:00:00Z' \
		in_tree commit-tree -p base -m 'The mirror, on top of the base' "$1"
}

# file_as_patch P OLD NEW: prints the edit of base file P as a patch without times
# and hashes, so that the same edit makes the same patch.
file_as_patch() {
	diff -u --label "a/$1" --label "b/$1" "$2" "$3" || [[ $? == 1 ]]
}
