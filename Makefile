# SPDX-License-Identifier: GPL-2.0-only
#
# People run this. Each target is a script in harness/ that has a --help.

LOCKDOWN ?= none

.PHONY: help run test test-kcsan consumers fuzz try boot tree build lint series refresh bench \
	gdb clangd surface ledger bases shim-review distro clean

help: ## this list (the default)
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20
	@echo "  BASE=NAME            before any of these: on that base of bases/, in build/bases/NAME"

run: ## build, boot at each level, try everything as root, show what happened
	@harness/run

test: ## all that CI checks: rules, lint, KUnit, selftests over the boot matrix (GUEST=NAME,... ARCH=arm64 RERUN=1)
	@harness/test

test-kcsan: ## KUnit and selftests on a kernel that looks for data races (not part of CI)
	@FLAVOUR=kcsan harness/test

consumers: ## the expectations of programs and test suites that rely on lockdown (part of test)
	@GUEST='consumers*' harness/test

fuzz: ## call everything that is gated at random, on the debug kernel, locked (MINUTES=10 SEED=)
	@harness/fuzz

try: ## build what is edited in build/tree, run one test of it in a guest (T=mem.mmap M=kept LOCKDOWN=)
	@harness/try "$(T)"

boot: ## a shell in the guest, on this terminal (LOCKDOWN=none|integrity|confidentiality)
	@harness/boot --build --interactive --lockdown "$(LOCKDOWN)"

gdb: ## the same guest, waiting for gdb; says what to type
	@harness/boot --build --interactive --gdb --lockdown "$(LOCKDOWN)"

clangd: ## compile_commands.json of build/tree, for editors
	@harness/build --edited
	@build/tree/scripts/clang-tools/gen_compile_commands.py -d build/guest -o build/compile_commands.json
	@cp configs/clangd.yaml build/.clangd
	@echo "build/compile_commands.json is written; clangd finds it for files below build/tree"

tree: ## the kernel source with this repository on top, in build/tree (KERNEL_SRC=, DISCARD=1)
	@harness/tree

build: ## kernel, modules, selftests and initramfs
	@harness/build

lint: ## checkpatch, clang-format, sparse, W=1, kernel-doc, shellcheck, Sphinx
	@harness/lint

surface: ## code that touches hardware or memory on user space's word, and what is new in it (TREE=another tree)
	@harness/surface $(TREE)

ledger: ## every call of lockdown, and what shows that it denies (harness/ledger --update adds rows)
	@harness/ledger

bases: ## apply, build, boot and try the series on every base; the table of results is documentation
	@harness/bases

shim-review: ## answers to the questions of shim's reviewers, with lines of guests that show them
	@harness/shim-review

distro: ## Debian 12 on a disk, at each level, beside the unmodified base: systemd, tools, all files (not part of CI)
	@harness/distro $(GUEST)

series: ## the patch series, in build/series (QUILT=DIR: and in the source package of Debian's kernel there)
	@harness/series $(if $(QUILT),--quilt "$(QUILT)")

refresh: ## take what was edited in build/tree back into this repository
	@harness/refresh

bench: ## what lockdown costs, beside the unmodified base: one table (builds that, too)
	@harness/bench

clean: ## remove build/, all of it (DISCARD=1: with edits in build/tree that are nowhere else)
	@harness/tree --clean

# Variables given to make reach the scripts by the environment.
export KERNEL_SRC DISCARD ALLOW_BASE_CHANGE ARCH FLAVOUR RERUN GUEST M LOCKDOWN MINUTES SEED BASE
