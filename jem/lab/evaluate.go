package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/probe"
	"jemlab/jem/run"
)

// Evaluation is what `jem evaluate --json` prints and evaluation.json in a run directory holds.
type Evaluation struct {
	Run     string         `json:"run"`     // the run directory
	Step    int            `json:"step"`    // of the checkpoint that was evaluated
	Data    string         `json:"data"`    // the dataset
	KNN     []probe.Result `json:"knn"`     // the run, then the controls
	Linear  []probe.Result `json:"linear"`  // the run, then the controls
	Comment string         `json:"comment"` // what the reader must know of the protocol
}
