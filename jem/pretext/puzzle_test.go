package pretext

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/tests/testbackend"
)

// indexed returns n images that tell place and channel by their pixels, which are all different.
func indexed(in data.Input, n int) *tensors.Tensor {
	pixels := make([]float32, n*in.Size())
	for i := range pixels {
		pixels[i] = float32(i%in.Size()) / float32(in.Size())
	}
	return tensors.FromFlatDataAndDimensions(pixels, n, in.Height, in.Width, in.Channels)
}

// TestLabelsMatchTheArrangement cuts the tiles again in loops, by the permutation that the label names and the place that a tile's
// first pixel tells. Every permutation and every place comes.
func TestLabelsMatchTheArrangement(t *testing.T) {
	for _, tc := range []struct{ side, grid, tile, permutations, channels int }{{8, 2, 3, 24, 1}, {8, 2, 4, 2, 3}, {14, 3, 3, 20, 2}} {
		in := data.Input{Height: tc.side, Width: tc.side, Channels: tc.channels}
		const n = 200
		o := quickJigsaw(tc.grid, tc.tile, tc.permutations).objectiveOf(t, in)
		store := model.NewStore()
		if err := store.SetRNGStateFromSeed(3); err != nil {
			t.Fatal(err)
		}
		out, err := model.CallOnceN(testbackend.Go(t), store, func(s *model.Scope, x *Node) []*Node {
			p := o.shuffle(s, x)
			return []*Node{p.tiles, p.label}
		}, indexed(in, n))
		if err != nil {
			t.Fatal(err)
		}
		tiles, labels := numbers(t, out[0]), numbers(t, out[1])
		seen, places := map[int]bool{}, map[[2]int]bool{}
		size, count := tc.tile*tc.tile*tc.channels, tc.grid*tc.grid
		for i := range n {
			p := o.permutations[int(labels[i])]
			seen[int(labels[i])] = true
			for k, cell := range p {
				tile := tiles[(i*count+k)*size:][:size]
				first := int(math.Round(tile[0]*float64(in.Size()))) / tc.channels
				row, column := first/tc.side, first%tc.side
				top, left := cell/tc.grid*tc.side/tc.grid, cell%tc.grid*tc.side/tc.grid
				free := tc.side/tc.grid - tc.tile
				if row < top || row > top+free || column < left || column > left+free {
					t.Fatalf("%+v: image %d, place %d: the tile begins at %d, %d, not in the cell %d", tc, i, k, row, column, cell)
				}
				places[[2]int{row - top, column - left}] = true
				for at, got := range tile {
					r, c, channel := row+at/tc.channels/tc.tile, column+at/tc.channels%tc.tile, at%tc.channels
					if want := float64((r*tc.side+c)*tc.channels+channel) / float64(in.Size()); math.Abs(got-want) > 1e-6 {
						t.Fatalf("%+v: image %d, place %d, value %d = %v, want %v", tc, i, k, at, got, want)
					}
				}
			}
		}
		free := tc.side/tc.grid - tc.tile + 1
		if len(seen) != tc.permutations || len(places) != free*free {
			t.Errorf("%+v: %d permutations and %d places came", tc, len(seen), len(places))
		}
	}
}

// TestNormalizeTiles: every tile of every channel gets mean 0 and deviation 1, a flat one 0, and one of less than a byte's step
// stays less.
func TestNormalizeTiles(t *testing.T) {
	const tile, channels = 3, 2
	pixels := numbers(t, indexed(data.Input{Height: tile, Width: tile, Channels: channels}, 4))
	values := make([]float32, len(pixels))
	for i, v := range pixels {
		values[i] = float32(v * v) // image 0 and 1
		switch i / (tile * tile * channels) {
		case 1:
			values[i] *= 0.1
		case 2:
			values[i] = 0.7
		case 3:
			values[i] = 0.7 + float32(v)*1e-4
		}
	}
	out, err := CallOnce(testbackend.Go(t), normalizeTiles, tensors.FromFlatDataAndDimensions(values, 4, tile, tile, channels))
	if err != nil {
		t.Fatal(err)
	}
	got := numbers(t, out)
	for i := range 4 {
		for c := range channels {
			sum, squares := 0.0, 0.0
			for k := range tile * tile {
				v := got[(i*tile*tile+k)*channels+c]
				sum, squares = sum+v, squares+v*v
			}
			mean, deviation := sum/(tile*tile), math.Sqrt(squares/(tile*tile))
			want := []float64{1, 1, 0, deviation}[i]
			if math.Abs(mean) > 1e-4 || math.Abs(deviation-want) > 1e-4 || i == 3 && deviation > 0.02 {
				t.Errorf("tile %d, channel %d has mean %v and deviation %v", i, c, mean, deviation)
			}
		}
	}
}

// TestContrastTellsNothing: images of half the contrast have the same loss if tiles are normalised, and another if not.
func TestContrastTellsNothing(t *testing.T) {
	for _, normalize := range []bool{true, false} {
		j := quickJigsaw(2, 3, 6)
		j.Normalize = normalize
		o, b := j.objectiveOf(t, grey8()), newTable(t, grey8(), randomPixels(grey8(), 6))
		for i := range b.pixels {
			b.pixels[i] &^= 1 // even numbers, which can be halved
		}
		whole, _ := b.loss(o)
		for i := range b.pixels {
			b.pixels[i] /= 2
		}
		if half, _ := b.loss(o); (math.Abs(whole-half) < 1e-4) != normalize {
			t.Errorf("normalize %v: the loss is %v, of images of half the contrast %v", normalize, whole, half)
		}
	}
}

// TestInverse: undone and done again, a permutation is the identity.
func TestInverse(t *testing.T) {
	for _, p := range allPermutations(5) {
		p := p.unpack(5)
		for k, v := range inverse(p) {
			if p[v] != k || inverse(inverse(p))[k] != p[k] {
				t.Fatalf("the inverse of %v is %v", p, inverse(p))
			}
		}
	}
}

// TestJigsawGradient covers views, which are drawn in the same step, and both heads.
func TestJigsawGradient(t *testing.T) {
	for _, hidden := range [][]int{nil, {10}} {
		j := quickJigsaw(2, 3, 5)
		j.Hidden, j.Augmentation = hidden, data.Augmentation{Size: 8, Flip: data.Flip{P: 0.5}}
		newTable(t, grey8(), randomPixels(grey8(), 6)).wantGradient(j.objectiveOf(t, grey8()), "backbone", "head", "tiles")
	}
}

// TestJigsawLossShapes: N representations of d features, N embeddings of P.
func TestJigsawLossShapes(t *testing.T) {
	j := quickJigsaw(3, 2, 7)
	o, b := j.objectiveOf(t, grey8()), newTable(t, grey8(), randomPixels(grey8(), 4))
	b.call(func(s *model.Scope, images *Node) []*Node {
		l := o.Loss(s, jem.Batch{Images: images})
		l.Hx.AssertDims(4, j.Backbone.Dim())
		l.Zx.AssertDims(4, 7)
		if l.Hy != nil || l.Zy != nil {
			t.Error("there is a second view")
		}
		return []*Node{l.Total}
	})
}
