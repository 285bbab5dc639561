package claim

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"jemlab/jem/run"
)

// Claim is a sentence of the lecture with the experiment that measures it.
type Claim struct {
	Number   int    `json:"number"`   // in the list of claims
	Section  string `json:"section"`  // of the lecture
	Sentence string `json:"sentence"` // what the lecture says, in our words
	Expect   string `json:"expect"`   // what the measurement should show if it is right
	Exact    bool   `json:"exact"`    // it is judged within a rounding, seed by seed; false: on average over seeds

	// version of the experiment: raised when what it measures changes, so that results of before are not taken for its own.
	version    int
	experiment func(ctx context.Context, s Setup) (Finding, error)
}

// Run measures the claim as s says, or reads the result if the same was measured before: result.json in the claim's folder.
// What an interrupted call has finished of it, trained networks and parts, the next call reads. The error says what to do.
func (c Claim) Run(ctx context.Context, s Setup) (Result, error) {
	before, found, err := c.Kept(s)
	if found || err != nil {
		return before, err
	}
	if s, err = s.of(c); err != nil {
		return Result{}, err
	}
	r := Result{Claim: c.Number, Sentence: c.Sentence, Exact: c.Exact, Protocol: s.protocol, Machine: s.Machine, Commit: run.Commit(), Versions: run.Versions()}
	begin := time.Now()
	if r.Finding, err = c.experiment(ctx, s); err != nil {
		return Result{}, fmt.Errorf("claim %d: %w", c.Number, err)
	}
	r.Seconds = time.Since(begin).Seconds()
	return r, writeJSON(s.result(), r)
}

// Kept reads the result if the same was measured before.
func (c Claim) Kept(s Setup) (r Result, found bool, err error) {
	if s, err = s.of(c); err != nil {
		return Result{}, false, err
	}
	found, err = readJSON(s.result(), &r)
	if err != nil || !found || !same(r.Protocol, s.protocol) {
		return Result{}, false, err
	}
	return r, true, nil
}

// result is the path of the claim's result.
func (s Setup) result() string { return filepath.Join(s.folder, resultName) }
