package data

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// Every pixel of every tile stands where a loop puts it: grids that part the image and that do not.
func TestTilesEqualLoops(t *testing.T) {
	for _, be := range map[string]compute.Backend{"go": testbackend.Go(t), "xla": testbackend.XLA(t)} {
		for _, tc := range []struct{ h, w, c, grid, tile int }{{28, 28, 1, 2, 12}, {28, 28, 2, 3, 9}, {6, 8, 3, 2, 3}, {5, 5, 1, 5, 1}} {
			const n = 3
			r, x, count := rand.New(rand.NewPCG(1, 2)), randomImages(n, tc.h, tc.w, tc.c), tc.grid*tc.grid
			var order, offsets []int32
			for range n {
				for _, cell := range r.Perm(count) {
					order = append(order, int32(cell))
					offsets = append(offsets, r.Int32N(int32(tc.h/tc.grid-tc.tile+1)), r.Int32N(int32(tc.w/tc.grid-tc.tile+1)))
				}
			}
			got := eval(t, be, func(in []*Node) []*Node { return []*Node{Tiles(in[0], tc.grid, tc.tile, in[1], in[2])} }, x,
				tensors.FromFlatDataAndDimensions(order, n, count), tensors.FromFlatDataAndDimensions(offsets, n, count, 2))[0]
			if want := fmt.Sprint([]int{n * count, tc.tile, tc.tile, tc.c}); fmt.Sprint(got.Shape().Dimensions) != want {
				t.Fatalf("shape %v, want %v", got.Shape().Dimensions, want)
			}
			pixels, tiles := tensors.MustCopyFlatData[float32](x), tensors.MustCopyFlatData[float32](got)
			at := 0
			for k := range n * count {
				top := int(order[k])/tc.grid*tc.h/tc.grid + int(offsets[2*k])
				left := int(order[k])%tc.grid*tc.w/tc.grid + int(offsets[2*k+1])
				for i := range tc.tile * tc.tile * tc.c {
					row, column, channel := top+i/tc.c/tc.tile, left+i/tc.c%tc.tile, i%tc.c
					if want := pixels[((k/count*tc.h+row)*tc.w+column)*tc.c+channel]; tiles[at] != want {
						t.Fatalf("%+v: tile %d, value %d = %v, want %v", tc, k, i, tiles[at], want)
					}
					at++
				}
			}
		}
	}
}

// Each of the 24 orders of four tiles comes about equally often (chi-square, 23 degrees of freedom: under 49.7 in 999 of 1000).
func TestRandomPermutations(t *testing.T) {
	const n = 4800
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(5); err != nil {
		t.Fatal(err)
	}
	out, err := model.CallOnce(testbackend.Go(t), store, func(s *model.Scope, x *Node) *Node {
		return RandomPermutations(s, x.Graph(), n, 4)
	}, float32(0))
	if err != nil {
		t.Fatal(err)
	}
	seen, flat := map[string]int{}, tensors.MustCopyFlatData[int32](out)
	for i := 0; i < len(flat); i += 4 {
		var there [4]bool
		for _, k := range flat[i : i+4] {
			there[k] = true
		}
		if there != [4]bool{true, true, true, true} {
			t.Fatalf("%v is no permutation", flat[i:i+4])
		}
		seen[fmt.Sprint(flat[i:i+4])]++
	}
	chi := 0.0
	for _, count := range seen {
		chi += float64(count-n/24) * float64(count-n/24) / (n / 24)
	}
	if len(seen) != 24 || chi > 49.7 {
		t.Errorf("%d orders, chi-square %.1f, want 24 and less than 49.7: %v", len(seen), chi, seen)
	}
}

// A jigsaw comes after the other distortions, draws other places and orders for every image, and keeps within the cells.
func TestJigsawView(t *testing.T) {
	a := Augmentation{Size: 28, Jigsaw: Jigsaw{Grid: 2, Tile: 12}}
	const n = 40
	pixels := make([]float32, n*28*28)
	for i := range pixels { // an image whose values tell the cell, and the place in it
		row, column := i/28%28, i%28
		pixels[i] = float32(row/14*2+column/14)/4 + float32(row%14*14+column%14)/(4*196)
	}
	x := tensors.FromFlatDataAndDimensions(pixels, n, 28, 28, 1)
	out := view(t, a, x)
	if fmt.Sprint(out.Shape().Dimensions) != "[160 12 12 1]" || a.Tiles() != 4 {
		t.Fatalf("shape %v, %d tiles", out.Shape().Dimensions, a.Tiles())
	}
	orders, places, flat := map[string]bool{}, map[int]bool{}, tensors.MustCopyFlatData[float32](out)
	for i := range n {
		order := ""
		for k := range 4 {
			tile := flat[(4*i+k)*144 : (4*i+k+1)*144]
			first, last := int(tile[0]*4*196+0.5), int(tile[143]*4*196+0.5)
			if first/196 != last/196 || last-first != 11*14+11 {
				t.Fatalf("tile %d of image %d goes from %d to %d: not a window of one cell", k, i, first, last)
			}
			order += fmt.Sprint(first / 196)
			places[first%196] = true
		}
		orders[order] = true
	}
	if len(orders) < 15 || len(places) != 9 {
		t.Errorf("%d orders and %d places, want most of 24 and 9", len(orders), len(places))
	}
	mirrored := a
	mirrored.Flip.P = 1
	if distance(tensors.MustCopyFlatData[float32](view(t, mirrored, x)), flat) == 0 {
		t.Error("the other distortions do not reach the tiles")
	}
}

func TestJigsawValidate(t *testing.T) {
	in := Input{Height: 28, Width: 28, Channels: 1, Mean: []float64{0}, Std: []float64{1}}
	for _, tc := range []struct {
		j  Jigsaw
		ok bool
	}{{Jigsaw{}, true}, {Jigsaw{2, 14}, true}, {Jigsaw{3, 9}, true}, {Jigsaw{3, 10}, false}, {Jigsaw{1, 9}, false}, {Jigsaw{-2, 9}, false},
		{Jigsaw{2, 0}, false}, {Jigsaw{0, 9}, false}, {Jigsaw{29, 1}, false}} {
		if err := (Augmentation{Size: 28, Jigsaw: tc.j}).Validate(in); (err == nil) != tc.ok {
			t.Errorf("Validate of %+v = %v", tc.j, err)
		}
	}
}
