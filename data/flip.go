package data

import . "github.com/gomlx/gomlx/core/graph"

// Flip mirrors an image left to right; it is off if P is 0.
type Flip struct {
	P float64 `json:"p" range:"[0,1]"` // probability
}

// Mirror returns the images of x [N, H, W, C] mirrored left to right where flip, bool [N], is true.
// Reference: torchvision's horizontal_flip. With a crop the flip costs nothing: see ResizedCrop.
func Mirror(x, flip *Node) *Node { return choose(flip, Reverse(x, 2), x) }
