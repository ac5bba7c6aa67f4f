# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Makes a disk that a firmware boots from: an EFI system partition with kernel,
# initramfs and command line in one image, as systemd-stub(7) takes them, so that
# one signature covers all. Sourced after keys.sh.

STUB=/usr/lib/systemd/boot/efi/linuxx64.efi.stub
SHIM=/usr/lib/shim/shimx64.efi

# unified_image KERNEL INITRD CMDLINE OUT
unified_image() {
	local kernel=$1 initrd=$2 cmdline=$3 out=$4

	printf %s "$cmdline" >"$out.cmdline"
	objcopy --add-section .cmdline="$out.cmdline" --change-section-vma .cmdline=0x30000 \
		--add-section .linux="$kernel" --change-section-vma .linux=0x2000000 \
		--add-section .initrd="$initrd" --change-section-vma .initrd=0x8000000 \
		"$STUB" "$out"
	rm "$out.cmdline"
}

sign_image() {
	local key=$1 from=$2 to=$3

	sbsign --key "$KEYS/$key/key.pem" --cert "$KEYS/$key/cert.pem" --output "$to" "$from"
}

# A table with one partition, of the type that says EFI, from sector 2048 to the end.
partition() {
	python3 - "$1" <<'END'
import struct, sys
with open(sys.argv[1], "r+b") as file:
    sectors = file.seek(0, 2) // 512
    file.seek(446)
    file.write(struct.pack("<B3sB3sII", 0, b"\xfe\xff\xff", 0xEF, b"\xfe\xff\xff",
                           2048, sectors - 2048))
    file.seek(510)
    file.write(b"\x55\xaa")
END
}

# make_disk KIND KERNEL INITRD CMDLINE DIRECTORY: the disk is DIRECTORY/disk.
make_disk() {
	local kind=$1 dir=$5 disk=$5/disk files=$5/EFI/BOOT sectors

	mkdir -p "$files"
	unified_image "$2" "$3" "$4" "$dir/image"
	case $kind in
	unsigned) mv "$dir/image" "$files/BOOTX64.EFI" ;;
	signed | corrupt) sign_image db "$dir/image" "$files/BOOTX64.EFI" ;;
	shim)
		sign_image db "$SHIM" "$files/BOOTX64.EFI"
		sign_image mok "$dir/image" "$files/grubx64.efi"
		;;
	*) die "no kind of disk '$kind'; see harness/boot --help" ;;
	esac
	# In the command line, which stands there as it is.
	[[ $kind != corrupt ]] || spoil "$files/BOOTX64.EFI" "console="

	# FAT32, which the firmware wants, begins at 33 MB.
	sectors=$((2048 * (64 + $(du -sm "$files" | cut -f1))))
	rm -f "$disk"
	truncate -s "$((sectors * 512))" "$disk"
	partition "$disk"
	mformat -i "$disk@@1M" -F -T "$((sectors - 2048))" ::
	mcopy -s -i "$disk@@1M" "$dir/EFI" ::
	rm -rf "$dir/EFI" "$dir/image"
}
