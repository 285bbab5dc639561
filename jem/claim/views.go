package claim

import (
	"context"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
)

// views are two views, x and y, of each of N images, with their embeddings z by a trained network.
type views struct {
	images data.Images
	pixels []float32 // of the views x, then of the views y, [2N, S, S, C] in [0, 1]
	shape  [3]int    // S, S, C
	zx, zy jem.H
}

// trainedViews embeds views of n test images by the network that the seed trains. The seed and the number of the claim draw the
// images, the seed their distortions.
func (s Setup) trainedViews(ctx context.Context, seed int64, claim, n int) (views, error) {
	images := drawn(rand.New(rand.NewPCG(uint64(seed), uint64(claim))), s.Data.Test.Labelled(), n)
	if err := twoClasses(images.Labels); err != nil {
		return views{}, err
	}
	t, err := s.PretrainMethod(ctx, seed)
	if err != nil {
		return views{}, err
	}
	return s.embedViews(t, s.Method, images, seed)
}

// embedViews makes views of images as a method does and embeds them by a network that it trained, BatchNorm by its running buffers.
func (s Setup) embedViews(t *Trained, m jem.Method, images data.Images, seed int64) (v views, err error) {
	if err := t.Store.SetRNGStateFromSeed(seed); err != nil {
		return v, err
	}
	in, n := s.Data.Input, images.Len()
	out, err := model.CallOnceN(s.Backend, t.Store, func(scope *model.Scope, images *Node) []*Node {
		vx, vy := m.Views.Apply(scope, in.Float(images))
		both := Concatenate([]*Node{vx, vy}, 0)
		_, z := m.Represent(scope, in.Standardize(both))
		return []*Node{both, SliceAxis(z, 0, AxisRange(0, n)), SliceAxis(z, 0, AxisRangeToEnd(n))}
	}, tensors.FromFlatDataAndDimensions(images.Pixels, n, in.Height, in.Width, in.Channels))
	if err != nil {
		return v, err
	}
	v.images, v.shape = images, [3]int(out[0].Shape().Dimensions[1:])
	if v.pixels, err = tensors.CopyFlatData[float32](out[0]); err != nil {
		return v, err
	}
	out[0].FinalizeAll()
	if v.zx, err = rowsOf(out[1]); err != nil {
		return v, err
	}
	v.zy, err = rowsOf(out[2])
	return v, err
}

// picture returns view j: 0 to N-1 a view x, N to 2N-1 a view y.
func (v views) picture(j int) Picture {
	p := Picture{Height: v.shape[0], Width: v.shape[1], Channels: v.shape[2]}
	size := p.Height * p.Width * p.Channels
	for _, value := range v.pixels[j*size : (j+1)*size] {
		p.Pixels = append(p.Pixels, rounded(255*float64(value)))
	}
	return p
}

// rowsOf reads a matrix [N, D] and frees it on the device.
func rowsOf(t *tensors.Tensor) (jem.H, error) {
	defer t.FinalizeAll()
	flat, err := tensors.CopyFlatData[float32](t)
	return jem.H{N: t.Shape().Dim(0), D: t.Shape().Dim(1), Data: flat}, err
}

// tensorOf returns the rows as a matrix [N, D].
func tensorOf(h jem.H) *tensors.Tensor { return tensors.FromFlatDataAndDimensions(h.Data, h.N, h.D) }
