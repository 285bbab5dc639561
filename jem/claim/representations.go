package claim

import (
	"context"

	"jemlab/jem"
	"jemlab/jem/probe"
)

// representation is what turns images into the vectors that a claim looks at.
type representation struct {
	name    string
	control bool
	// open returns the function that embeds images, uint8 [N, H, W, C], as h [N, d], with the network of a seed.
	open func(ctx context.Context, s Setup, seed int64) (func(images []uint8) (jem.H, error), error)
}

// rawPixels are the pixels themselves, in [0, 1].
func rawPixels() representation {
	return representation{"pixels", false, func(_ context.Context, s Setup, _ int64) (func([]uint8) (jem.H, error), error) {
		d := s.Data.Input.Size()
		return func(images []uint8) (jem.H, error) {
			h := jem.H{N: len(images) / d, D: d, Data: make([]float32, len(images))}
			for i, v := range images {
				h.Data[i] = float32(v) / 255
			}
			return h, nil
		}, nil
	}}
}

// randomBackbone is the h of the backbone at the random start that the seed draws.
func randomBackbone() representation {
	return representation{"random backbone", true, func(_ context.Context, s Setup, seed int64) (func([]uint8) (jem.H, error), error) {
		store, err := probe.RandomBackbone(s.Backend, s.Method.Encoder(), s.Data.Input, seed)
		if err != nil {
			return nil, err
		}
		e, err := jem.NewEncoder(s.Backend, store, s.Method.Encoder(), s.Data.Input)
		if err != nil {
			return nil, err
		}
		return e.Embed, nil
	}}
}

// trained is the h of a network that train, a method of Setup, trains or reads.
func trained(name string, train func(s Setup, ctx context.Context, seed int64) (*Trained, error)) representation {
	return representation{name, false, func(ctx context.Context, s Setup, seed int64) (func([]uint8) (jem.H, error), error) {
		t, err := train(s, ctx, seed)
		if err != nil {
			return nil, err
		}
		return t.Encoder.Embed, nil
	}}
}
