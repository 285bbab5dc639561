package pretext

import (
	"math"
	"reflect"
	"testing"
)

// withoutFrames takes the frames out of pictures of tiles.
func withoutFrames(pictures []float64, grid, tile, channels int) []float64 {
	side := grid * (tile + 2)
	var out []float64
	for i, v := range pictures {
		row, column := i/channels/side%side%(tile+2), i/channels%side%(tile+2)
		if row > 0 && row <= tile && column > 0 && column <= tile {
			out = append(out, v)
		} else if v != 1 {
			return nil
		}
	}
	return out
}

// TestPicturesOfTiles: without gaps the row "true" is the image, whatever the permutation; "predicted" is what loops make of
// "shuffled" by the permutation that the head is made to say.
func TestPicturesOfTiles(t *testing.T) {
	const n, grid, tile, side = 10, 2, 4, 8
	o, b := quickJigsaw(grid, tile, 24).objectiveOf(t, grey8()), newTable(t, grey8(), randomPixels(grey8(), n))
	b.pictures(o)
	for _, said := range []int{0, 7, 23} {
		b.decide("/head/dense2", said)
		before := values(b.store)
		rows := b.pictures(o)
		if !reflect.DeepEqual(before, values(b.store)) {
			t.Error("the pictures change a variable")
		}
		clean, shown := withoutFrames(rows["true"], grid, tile, 1), withoutFrames(rows["shuffled"], grid, tile, 1)
		put := withoutFrames(rows["predicted"], grid, tile, 1)
		if len(clean) != n*side*side || len(shown) != len(clean) || len(put) != len(clean) {
			t.Fatalf("%d, %d and %d pixels, or a frame that is not white", len(clean), len(shown), len(put))
		}
		differ := 0
		for i, v := range b.pixels {
			if math.Abs(clean[i]-float64(v)/255) > 1e-6 {
				t.Fatalf("the pixel %d of the true arrangement is %v, want %v", i, clean[i], float64(v)/255)
			}
			if shown[i] != clean[i] {
				differ++
			}
			image, row, column := i/64, i/8%8, i%8
			cell := row/tile*grid + column/tile // the tile that is said to be from here was shown at place
			place := inverse(o.permutations[said])[cell]
			from := image*64 + (place/grid*tile+row%tile)*8 + place%grid*tile + column%tile
			if put[i] != shown[from] {
				t.Fatalf("permutation %d: the pixel %d of the predicted arrangement is %v, want %v", said, i, put[i], shown[from])
			}
		}
		if differ < len(clean)/2 {
			t.Errorf("%d of %d pixels are shuffled", differ, len(clean))
		}
	}
}
