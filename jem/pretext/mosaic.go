package pretext

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// mosaic pastes tiles, [N·grid², T, T, C] in [0, 1], into pictures [N, S, S, C], S = grid·(T+2): cell c of picture n, counted by
// rows, shows tile from[n, c] of its grid² tiles, int32 [N, grid²], in a white frame of one pixel.
func mosaic(tiles *Node, grid int, from *Node) *Node {
	g, n, count := tiles.Graph(), from.Shape().Dim(0), grid*grid
	first := MulScalar(Iota(g, shapes.Make(dtypes.Int32, n, count), 0), count)
	placed := Gather(tiles, Reshape(Add(first, from), n*count, 1))
	frame := PadAxis{Start: 1, End: 1}
	placed = Pad(placed, ScalarOne(g, tiles.DType()), PadAxis{}, frame, frame, PadAxis{})
	side, channels := placed.Shape().Dim(1), placed.Shape().Dim(3)
	rows := TransposeAllAxes(Reshape(placed, n, grid, grid, side, side, channels), 0, 1, 3, 2, 4, 5)
	return Reshape(rows, n, grid*side, grid*side, channels)
}
