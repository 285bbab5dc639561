package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/pretrain"
	"jemlab/jem/probe"
	"jemlab/jem/run"
	"jemlab/xla"
)

// Jemlab is the Trainee that `jem pretrain` is, with the lab's configuration but no online k-NN, which the peer has not either.
// Its minutes are those of `jem pretrain --minutes`: a number of steps, fixed at the run's start by timing some.
type Jemlab struct {
	Machine xla.Backend
	Data    *data.Dataset
	Network Network
}

// Name is "jemlab".
func (j Jemlab) Name() string { return "jemlab" }

// Train is as Trainee says; a run that was stopped goes on.
func (j Jemlab) Train(ctx context.Context, dir string, minutes float64, seed int64) (Trained, error) {
	c := pretrain.Default(j.Network.On(j.Data.Input).Method, j.Data.Name)
	c.Steps, c.Minutes, c.Seed, c.Evaluate = 0, minutes, seed, 0
	result, f, err := pretrained(ctx, j.Machine, j.Data, j.Name(), dir, c)
	return Trained{Features: f, Images: result.Images, Seconds: result.Seconds}, err
}

// pretrained trains into a run directory, or goes on there, and returns the dataset as the backbone represents it. An interrupted
// run is an error.
func pretrained(ctx context.Context, machine xla.Backend, ds *data.Dataset, name, dir string, c pretrain.Config) (pretrain.Result, *probe.Features, error) {
	d := machine.Description
	result, err := pretrain.Run(ctx, machine.Backend, ds, dir, c, pretrain.Options{
		SaveEvery: time.Minute, OnMessage: func(s string) { fmt.Fprintln(os.Stderr, s) },
		Machine: run.Machine{Platform: d.Platform, Plugin: d.Plugin, PluginSHA256: d.SHA256, Devices: len(d.Devices), Cores: runtime.NumCPU()},
	})
	if err != nil {
		return result, nil, err
	}
	if result.Status != "finished" {
		return result, nil, fmt.Errorf("%s at step %d of %d; the same command goes on", result.Status, result.Step, result.Steps)
	}
	store := model.NewStore()
	if _, _, err := run.Dir(dir).Load(store); err != nil {
		return result, nil, err
	}
	e, err := jem.NewEncoder(machine.Backend, store, c.Task.Encoder(), ds.Input)
	if err != nil {
		return result, nil, err
	}
	f, err := probe.Extract(name, e, ds)
	return result, f, err
}

// Lightly is the Trainee of tests/bench/lightly_accuracy.py: the same network, lightly's transforms, loss and recipe. Its minutes
// are those of the training loop, on the clock.
type Lightly struct {
	Data      *data.Dataset
	Net       string
	Optimizer string // "sgd", lightly's own recipe, or "adamw", ours
	Workers   int    // of its DataLoader
}

// Name is "lightly" with the optimizer.
func (l Lightly) Name() string { return "lightly-" + l.Optimizer }

// Train is as Trainee says; a run that was stopped begins anew.
func (l Lightly) Train(ctx context.Context, dir string, minutes float64, seed int64) (Trained, error) {
	python, err := Python()
	if err != nil {
		return Trained{}, err
	}
	images, err := os.MkdirTemp("", "jem-bench-")
	if err != nil {
		return Trained{}, err
	}
	defer os.RemoveAll(images)
	if err := exportDataset(l.Data, images); err != nil {
		return Trained{}, err
	}
	command := exec.CommandContext(ctx, python, scriptPath("lightly_accuracy.py"), "--data", images, "--out", dir, "--net", l.Net,
		"--minutes", strconv.FormatFloat(minutes, 'g', -1, 64), "--seed", strconv.FormatInt(seed, 10), "--optimizer", l.Optimizer,
		"--workers", strconv.Itoa(l.Workers))
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return Trained{}, fmt.Errorf("lightly_accuracy.py: %w", err)
	}
	var said struct {
		Images  int     `json:"images"`
		Seconds float64 `json:"seconds"`
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return Trained{}, fmt.Errorf("lightly_accuracy.py printed %.200q: %w", out, err)
	}
	f, err := readFeatures(l.Name(), dir, l.Data)
	return Trained{Features: f, Images: said.Images, Seconds: said.Seconds}, err
}

// readFeatures reads h_train.npy, h_validation.npy and h_test.npy of a folder and removes them.
func readFeatures(name, dir string, ds *data.Dataset) (*probe.Features, error) {
	var sets []probe.Set
	for _, split := range []struct {
		name   string
		labels []int32
	}{{"train", ds.Train.Labels}, {"validation", ds.Validation.Labels}, {"test", ds.Test.Labels}} {
		path := filepath.Join(dir, "h_"+split.name+".npy")
		h, err := readNPY(path)
		if err != nil {
			return nil, err
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
		sets = append(sets, probe.Set{H: h, Labels: split.labels})
	}
	return probe.New(name, len(ds.Classes), sets[0], sets[1], sets[2])
}

// Evaluate returns the Evaluator that `jem evaluate` is: probe.KNN and probe.Linear as they are used throughout.
func Evaluate(be compute.Backend) Evaluator {
	return func(f *probe.Features) (knn, linear float64, err error) {
		defer f.Close()
		neighbours, err := probe.KNN(be, f, probe.NewKNN())
		if err != nil {
			return 0, 0, err
		}
		classifier, err := probe.Linear(be, f, probe.NewLinear())
		return neighbours.Accuracy, classifier.Accuracy, err
	}
}
