package data

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	stdimage "image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"
)

// Files that Pillow 12 wrote, as no encoder here does: 8x8 pixels of CMYK (0, 255, 255, 0); 3x2 pixels, lossless, of which one is transparent and
// one half so; 4x4 pixels of (200, 30, 60), lossy.
const (
	cmykJPEG = "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBETFBUVFQwPFxgWFBgSFBUU/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD9U6/Kqvyqr9U6/9k="
	webpFull = "UklGRkIAAABXRUJQVlA4TDYAAAAvAkAAEC8gECCI8J9qQ0iQ0P2/V4EAQYn/SgSSNjYfT/4A8CfHXhUUso0Ap3aPyQldRP9jegE="
	webpLoss = "UklGRjoAAABXRUJQVlA4IC4AAACQAQCdASoEAAQAAMASJaACdLoAA5gA/vi1F/3GttI6Zf/t8P/7jy/+3w//bsgA"
)

func unbase(t testing.TB, text string) []byte {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func pngOf(t testing.TB, m stdimage.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decoded(t *testing.T, p picture, raw []byte) []uint8 {
	t.Helper()
	out := make([]uint8, p.side*p.side*p.channels())
	if err := p.decode(raw, "f", out); err != nil {
		t.Fatal(err)
	}
	return out
}

func colourPicture(side int) picture { return picture{side: side, maxPixels: folderPixels} }

// slope returns an image whose pixel at column x and row y is (20x+1, 30y+2, 7).
func slope(w, h int) *stdimage.NRGBA {
	m := stdimage.NewNRGBA(stdimage.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(20*x + 1), uint8(30*y + 2), 7, 255})
		}
	}
	return m
}

// TestPictureExact decodes images that need no scaling: each pixel as it is, cropped to the middle.
func TestPictureExact(t *testing.T) {
	var want []uint8
	for y := range 3 {
		for x := range 3 {
			want = append(want, uint8(20*x+1), uint8(30*y+2), 7)
		}
	}
	if got := decoded(t, colourPicture(3), pngOf(t, slope(3, 3))); !slices.Equal(got, want) {
		t.Errorf("3x3: %v, want %v", got, want)
	}
	got := decoded(t, colourPicture(2), pngOf(t, slope(7, 2))) // columns 2 and 3 of 7
	if want := []uint8{41, 2, 7, 61, 2, 7, 41, 32, 7, 61, 32, 7}; !slices.Equal(got, want) {
		t.Errorf("the middle of 7x2: %v, want %v", got, want)
	}
	got = decoded(t, colourPicture(2), pngOf(t, slope(2, 6))) // rows 2 and 3 of 6
	if want := []uint8{1, 62, 7, 21, 62, 7, 1, 92, 7, 21, 92, 7}; !slices.Equal(got, want) {
		t.Errorf("the middle of 2x6: %v, want %v", got, want)
	}
	deep := stdimage.NewNRGBA64(stdimage.Rect(0, 0, 1, 1))
	deep.SetNRGBA64(0, 0, color.NRGBA64{0x12ff, 0x80fe, 0xfffe, 0xffff})
	if got := decoded(t, colourPicture(1), pngOf(t, deep)); !slices.Equal(got, []uint8{0x12, 0x80, 0xff}) {
		t.Errorf("16 bits: %v, want the upper 8", got)
	}
	grey := picture{side: 1, grey: true, maxPixels: 1}
	one := stdimage.NewNRGBA(stdimage.Rect(0, 0, 1, 1))
	one.SetNRGBA(0, 0, color.NRGBA{200, 100, 50, 255})
	if got := decoded(t, grey, pngOf(t, one)); !slices.Equal(got, []uint8{124}) { // 0.299·200 + 0.587·100 + 0.114·50 = 124.2
		t.Errorf("luma: %v, want 124", got)
	}
	one.SetNRGBA(0, 0, color.NRGBA{0, 100, 200, 0})
	if got := decoded(t, colourPicture(1), pngOf(t, one)); !slices.Equal(got, []uint8{255, 255, 255}) {
		t.Errorf("transparent: %v, want white", got)
	}
	one.SetNRGBA(0, 0, color.NRGBA{0, 0, 0, 128})
	if got := decoded(t, colourPicture(1), pngOf(t, one)); got[0] < 126 || got[0] > 128 {
		t.Errorf("half black over white: %v, want 127", got)
	}
}

// TestPictureScales halves a board of black and white pixels: grey, where sampling without antialiasing gives black or white.
func TestPictureScales(t *testing.T) {
	board := stdimage.NewGray(stdimage.Rect(0, 0, 64, 80))
	for i := range board.Pix {
		board.Pix[i] = uint8(255 * ((i%64 + i/64) % 2))
	}
	for i, v := range decoded(t, colourPicture(16), pngOf(t, board)) {
		if v < 120 || v > 135 {
			t.Fatalf("value %d is %d, want about 127", i, v)
		}
	}
	long := stdimage.NewGray(stdimage.Rect(0, 0, 1, 100_000)) // scaled first and cropped then it would be 128x12,800,000
	if got := decoded(t, colourPicture(128), pngOf(t, long)); slices.Max(got) != 0 {
		t.Error("a black line is not black")
	}
}

func TestPictureFormats(t *testing.T) {
	frame := stdimage.NewPaletted(stdimage.Rect(1, 1, 2, 2), color.Palette{color.RGBA{9, 8, 7, 255}, color.RGBA{250, 0, 5, 255}})
	frame.Pix[0] = 1
	second := stdimage.NewPaletted(stdimage.Rect(0, 0, 2, 2), frame.Palette)
	var b bytes.Buffer
	g := &gif.GIF{Image: []*stdimage.Paletted{frame, second}, Delay: []int{1, 1}, Config: stdimage.Config{Width: 2, Height: 2, ColorModel: frame.Palette}}
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	white := []uint8{255, 255, 255}
	want := slices.Concat(white, white, white, []uint8{250, 0, 5})
	if got := decoded(t, colourPicture(2), b.Bytes()); !slices.Equal(got, want) {
		t.Errorf("GIF, a first frame of one pixel: %v, want %v", got, want)
	}
	for i, v := range decoded(t, colourPicture(8), unbase(t, cmykJPEG)) {
		if want := []int{255, 0, 0}[i%3]; int(v) < want-6 || int(v) > want+6 {
			t.Fatalf("CMYK (0, 255, 255, 0): value %d is %d, want red", i, v)
		}
	}
	got := decoded(t, colourPicture(2), unbase(t, webpFull)) // its columns 0 and 1
	if want := slices.Concat([]uint8{255, 0, 0, 0, 255, 0}, white, []uint8{10, 20, 30}); !slices.Equal(got, want) {
		t.Errorf("WebP, lossless: %v, want %v", got, want)
	}
	for i, v := range decoded(t, colourPicture(4), unbase(t, webpLoss)) {
		if want := []int{200, 29, 60}[i%3]; int(v) < want-1 || int(v) > want+1 { // what Pillow decodes
			t.Fatalf("WebP, lossy: value %d is %d, want %d", i, v, want)
		}
	}
}

// exif returns a segment with the orientation in a TIFF directory of a byte order, after another entry.
func exif(order binary.AppendByteOrder, orientation uint16) []byte {
	tiff := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		tiff = []byte("MM\x00*")
	}
	tiff = order.AppendUint32(tiff, 10)
	tiff = append(tiff, 0, 0)
	tiff = order.AppendUint16(tiff, 2)
	for _, entry := range [][2]uint16{{0x0100, 77}, {orientationTag, orientation}} {
		tiff = order.AppendUint16(tiff, entry[0])
		tiff = order.AppendUint16(tiff, 3)
		tiff = order.AppendUint32(tiff, 1)
		tiff = order.AppendUint16(tiff, entry[1])
		tiff = order.AppendUint16(tiff, 0)
	}
	segment := append([]byte("Exif\x00\x00"), tiff...)
	return append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(2+len(segment))), segment...)
}

// corners returns a JPEG file with four colours in its corners, cut out of a wider or higher image, and the segment given.
func corners(t testing.TB, w, h int, segment []byte) []byte {
	m := stdimage.NewRGBA(stdimage.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, color.RGBA{uint8(255 * (2 * x / w)), uint8(255 * (2 * y / h)), 0, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return slices.Concat(b.Bytes()[:2], segment, b.Bytes()[2:])
}

// TestOrientation shows an image with black, red, green and yellow corners, as stored from the upper left, in each orientation: where its
// corners go is what the standard says of row 0 and column 0.
func TestOrientation(t *testing.T) {
	const black, red, green, yellow = 'k', 'r', 'g', 'y'
	name := func(rgb []uint8) byte { return []byte{black, red, green, yellow}[int(rgb[0]/128)+2*int(rgb[1]/128)] }
	for orientation, want := range []string{1: "krgy", 2: "rkyg", 3: "ygrk", 4: "gykr", 5: "kgry", 6: "gkyr", 7: "yrgk", 8: "rykg"} {
		if orientation == 0 {
			continue
		}
		for what, order := range map[string]binary.AppendByteOrder{"little-endian": binary.LittleEndian, "big-endian": binary.BigEndian} {
			for _, size := range [][2]int{{64, 64}, {64, 48}, {48, 80}} {
				got := decoded(t, colourPicture(8), corners(t, size[0], size[1], exif(order, uint16(orientation))))
				at := func(y, x int) byte { return name(got[3*(8*y+x):]) }
				if seen := string([]byte{at(0, 0), at(0, 7), at(7, 0), at(7, 7)}); seen != want {
					t.Errorf("orientation %d, %s, %v: corners %s, want %s", orientation, what, size, seen, want)
				}
			}
		}
	}
	good := exif(binary.BigEndian, 6)
	for what, segment := range map[string][]byte{
		"none": nil, "0": exif(binary.LittleEndian, 0), "9": exif(binary.LittleEndian, 9), "long segment": append(slices.Clone(good[:2]), 255, 255),
		"far directory": bytes.Replace(good, []byte{0, 0, 0, 10}, []byte{255, 255, 255, 255}, 1),
		"no TIFF":       bytes.Replace(good, []byte("MM"), []byte("MI"), 1),
		"another type":  bytes.Replace(good, []byte{1, 0x12, 0, 3}, []byte{1, 0x12, 0, 4}, 1),
	} {
		if got := orientation(append([]byte{0xff, 0xd8}, segment...)); got != 1 {
			t.Errorf("%s: orientation %d, want 1", what, got)
		}
	}
	for n := range good {
		if got := orientation(append([]byte{0xff, 0xd8}, good[:n]...)); got != 1 {
			t.Errorf("cut to %d bytes: orientation %d, want 1", n, got)
		}
	}
	comment := []byte{0xff, 0xff, 0xfe, 0, 4, 'h', 'i'} // with a fill byte
	if got := orientation(slices.Concat([]byte{0xff, 0xd8}, comment, good)); got != 6 {
		t.Errorf("after a comment: orientation %d, want 6", got)
	}
}

// TestCentralSquare crops an image and its turned copy to the same pixels, also where the middle lies between two.
func TestCentralSquare(t *testing.T) {
	for o := 1; o <= 8; o++ {
		x, y, exchange := flips(o)
		for _, size := range [][2]int{{7, 4}, {4, 7}, {8, 4}, {5, 5}} {
			w, h := size[0], size[1]
			stored := centralSquare(stdimage.Rect(0, 0, w, h), x, y)
			seen := stored // turned as the image is
			if x {
				seen.Min.X, seen.Max.X = w-stored.Max.X, w-stored.Min.X
			}
			if y {
				seen.Min.Y, seen.Max.Y = h-stored.Max.Y, h-stored.Min.Y
			}
			if exchange {
				seen = stdimage.Rect(seen.Min.Y, seen.Min.X, seen.Max.Y, seen.Max.X)
				w, h = h, w
			}
			if want := centralSquare(stdimage.Rect(0, 0, w, h), false, false); seen != want {
				t.Errorf("orientation %d of %v: %v, want %v", o, size, seen, want)
			}
		}
	}
}

func TestPictureErrors(t *testing.T) {
	good := pngOf(t, slope(3, 3))
	lossless := unbase(t, webpFull)
	bomb := slices.Clone(good)
	binary.BigEndian.PutUint32(bomb[16:], 60_000) // the width in the header, whose sum is then wrong
	var large bytes.Buffer
	if err := gif.Encode(&large, stdimage.NewPaletted(stdimage.Rect(0, 0, 4, 4), color.Palette{color.Black}), nil); err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint16(large.Bytes()[6:], 65_535)
	binary.LittleEndian.PutUint16(large.Bytes()[8:], 65_535)
	// An extended WebP file of 3x2 pixels by its head, around a lossless frame that claims 16384x16384.
	chunk := slices.Clone(lossless[12:])
	binary.LittleEndian.PutUint32(chunk[9:], 0x3fff|0x3fff<<14)
	extended := slices.Concat([]byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00"), []byte{0, 0, 0, 0, 2, 0, 0, 1, 0, 0}, chunk)
	binary.LittleEndian.PutUint32(extended[4:], uint32(len(extended)-8))
	for _, tc := range []struct {
		name, want string
		file       []byte
	}{
		{"empty", "f, byte 0: no PNG, JPEG, GIF or WebP file: 0 bytes", nil},
		{"text", "f, byte 0: no PNG, JPEG, GIF or WebP file: 5 bytes that start with 68 65", []byte("hello")},
		{"cut", "f, byte 40: unexpected EOF", good[:40]},
		{"checksum", "f, byte 33: png: invalid format: invalid checksum", bomb},
		{"large GIF", "f, byte 0: 65535x65535 pixels, want at most 67108864", large.Bytes()},
		{"WebP that lies", "f, byte 30: a frame of 16384x16384 pixels in an image of 3x2", extended},
		{"cut JPEG", "unexpected EOF", unbase(t, cmykJPEG)[:200]},
		{"cut WebP", "f, byte ", lossless[:40]},
	} {
		err := colourPicture(2).decode(tc.file, "f", make([]uint8, 12))
		if err == nil || !strings.HasPrefix(err.Error(), "f, byte ") || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error = %v, want %q", tc.name, err, tc.want)
		}
	}
	few := picture{side: 2, maxPixels: 8}
	if err := few.decode(good, "f", make([]uint8, 12)); err == nil || !strings.Contains(err.Error(), "3x3 pixels, want at most 8 in all") {
		t.Errorf("9 pixels where 8 may be: %v", err)
	}
}

func FuzzOrientation(f *testing.F) {
	f.Add(slices.Concat([]byte{0xff, 0xd8}, exif(binary.LittleEndian, 6)))
	f.Add(slices.Concat([]byte{0xff, 0xd8}, exif(binary.BigEndian, 8)))
	f.Add(corners(f, 8, 8, exif(binary.BigEndian, 3)))
	f.Fuzz(func(t *testing.T, file []byte) {
		if got := orientation(file); got < 1 || got > 8 {
			t.Fatalf("orientation %d", got)
		}
	})
}

func FuzzPicture(f *testing.F) {
	f.Add(pngOf(f, slope(5, 3)))
	f.Add(corners(f, 9, 8, exif(binary.LittleEndian, 7)))
	for _, text := range []string{cmykJPEG, webpFull, webpLoss} {
		f.Add(unbase(f, text))
	}
	var b bytes.Buffer
	if err := gif.Encode(&b, stdimage.NewPaletted(stdimage.Rect(0, 0, 4, 4), color.Palette{color.Black, color.White}), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		p := picture{side: 4, maxPixels: 1 << 16}
		if err := p.decode(file, "f", make([]uint8, 48)); err != nil && !strings.HasPrefix(err.Error(), "f, byte ") {
			t.Fatalf("error without file and offset: %v", err)
		} else if err != nil && strings.Contains(err.Error(), "the decoder failed") {
			t.Log(fmt.Sprint(err))
		}
	})
}
