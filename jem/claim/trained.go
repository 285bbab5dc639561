package claim

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/gomlx/gomlx/ml/model"

	"jemlab/jem"
	"jemlab/jem/pretext"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// Config returns the configuration of a run at the budget, without measurements on the way; its length is in steps, so that all
// machines measure the same.
func (s Setup) Config(task pretrain.Task, seed int64) pretrain.Config {
	c := pretrain.Default(task, s.Data.Name)
	c.Minutes, c.Seed, c.Evaluate = 0, seed, 0
	c.Steps, c.Batch = at(s.Budget, 20, 120, 250), at(s.Budget, 32, 256, 256)
	return c
}

// Trained is a network whose run is finished.
type Trained struct {
	Dir     run.Dir
	Result  pretrain.Result
	Store   *model.Store // the weights after the last step
	Encoder *jem.Encoder // gives h of images, by these weights
}

// Pretrain trains as c says in the run directory of that name and c's seed, beside those of the other claims; a run that was
// interrupted goes on, one that is finished is read. It returns an error if the directory holds a run of another
// configuration, if ctx ends, or as pretrain.Run does.
func (s Setup) Pretrain(ctx context.Context, name string, c pretrain.Config) (*Trained, error) {
	dir := string(s.dir(name, c.Seed))
	s.say("%s, %d steps, seed %d", name, c.Steps, c.Seed)
	result, err := pretrain.Run(ctx, s.Backend, s.Data, dir, c, pretrain.Options{Machine: s.Machine})
	if err != nil {
		return nil, fmt.Errorf("%w\n(delete %s to train it again)", err, dir)
	}
	if result.Status != "finished" {
		return nil, fmt.Errorf("%s %s at step %d of %d; run it again to go on", dir, result.Status, result.Step, result.Steps)
	}
	t := &Trained{Dir: run.Dir(dir), Result: result, Store: model.NewStore()}
	if _, _, err := t.Dir.Load(t.Store); err != nil {
		return nil, err
	}
	t.Encoder, err = jem.NewEncoder(s.Backend, t.Store, c.Task.Encoder(), s.Data.Input)
	return t, err
}

// dir is the run directory of that name and seed.
func (s Setup) dir(name string, seed int64) run.Dir {
	return run.Dir(filepath.Join(s.home(), fmt.Sprintf("%s-seed%d", name, seed)))
}

// marks is how often k-NN is measured along the training of a network that claims share.
const marks = 5

// PretrainMethod is Pretrain of the setup's method at the budget: the network that all claims about a joint-embedding method share.
func (s Setup) PretrainMethod(ctx context.Context, seed int64) (*Trained, error) {
	return s.pretrainShared(ctx, s.Method.Name, s.Method, seed)
}

// PretrainAutoencoder is Pretrain of a denoising autoencoder with the method's backbone at the budget, shared too.
func (s Setup) PretrainAutoencoder(ctx context.Context, seed int64) (*Trained, error) {
	a := pretext.DenoisingAutoencoder()
	a.Backbone = s.Method.Encoder()
	return s.pretrainShared(ctx, "denoising-autoencoder", a.For(s.Data.Input), seed)
}

func (s Setup) pretrainShared(ctx context.Context, name string, task pretrain.Task, seed int64) (*Trained, error) {
	c := s.Config(task, seed)
	c.Evaluate = marks
	return s.Pretrain(ctx, name, c)
}
