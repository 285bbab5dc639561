package data

import (
	"bytes"
	"encoding/binary"
)

// orientationTag is the EXIF tag that says how a camera was held.
const orientationTag = 0x0112

// orientation returns the EXIF orientation of a JPEG file, 1 to 8; 1, as it lies, if there is none or it makes no sense.
// Reference: EXIF 2.3 (CIPA DC-008), 4.6.4; TIFF 6.0, pages 13 to 16.
func orientation(jpeg []byte) int {
	for rest := jpeg; len(rest) >= 4; {
		marker := rest[:2]
		switch {
		case marker[0] != 0xff:
			return 1
		case marker[1] == 0xff: // fill byte
			rest = rest[1:]
			continue
		case marker[1] == 0xd8 || marker[1] == 0x01: // start of image, and a marker without a segment
			rest = rest[2:]
			continue
		case marker[1] == 0xda || marker[1] == 0xd9: // the scan begins, or the image ends: segments of EXIF come before
			return 1
		}
		size := int(binary.BigEndian.Uint16(rest[2:]))
		if size < 2 || 2+size > len(rest) {
			return 1
		}
		segment := rest[4 : 2+size]
		if tiff, ok := bytes.CutPrefix(segment, []byte("Exif\x00\x00")); ok && marker[1] == 0xe1 {
			return tiffOrientation(tiff)
		}
		rest = rest[2+size:]
	}
	return 1
}

// tiffOrientation returns the orientation that the first directory of a TIFF file gives.
func tiffOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(tiff[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	count := int(order.Uint16(tiff[at:]))
	entries := tiff[at+2:]
	for ; count > 0 && len(entries) >= 12; count, entries = count-1, entries[12:] {
		const short = 3 // the type of a number of two bytes, which stands in the entry itself
		if order.Uint16(entries) != orientationTag {
			continue
		}
		if v := int(order.Uint16(entries[8:])); order.Uint16(entries[2:]) == short && order.Uint32(entries[4:]) == 1 && v >= 1 && v <= 8 {
			return v
		}
		return 1
	}
	return 1
}

// flips says which axes of the stored pixels, x and y, the orientation reverses, and whether it then exchanges them.
func flips(orientation int) (x, y, exchange bool) {
	switch orientation {
	case 2:
		return true, false, false
	case 3:
		return true, true, false
	case 4:
		return false, true, false
	case 5:
		return false, false, true
	case 6:
		return false, true, true
	case 7:
		return true, true, true
	case 8:
		return true, false, true
	}
	return false, false, false
}
