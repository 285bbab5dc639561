package claim

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// Claim is a sentence of the lecture with the experiment that measures it.
type Claim struct {
	Number   int    `json:"number"`   // in the list of claims
	Section  string `json:"section"`  // of the lecture
	Sentence string `json:"sentence"` // what the lecture says, in our words
	Expect   string `json:"expect"`   // what the measurement should show if it is right
	Exact    bool   `json:"exact"`    // whether it holds within a rounding, or on average over seeds

	// version of the experiment: raised when what it measures changes, so that results of before are not taken for its own.
	version    int
	seeds      int // the most, of a claim that trains many networks; 0: as many as the budget has
	experiment func(ctx context.Context, s Setup) (Finding, error)
}

// Run measures the claim as s says, or reads the result if the same was measured before: result.json in the claim's folder.
// What an interrupted call has finished of it, trained networks and parts, the next call reads. The error says what to do.
func (c Claim) Run(ctx context.Context, s Setup) (Result, error) {
	s, err := s.of(c)
	if err != nil {
		return Result{}, err
	}
	path := filepath.Join(s.folder, resultName)
	r := Result{Claim: c.Number, Sentence: c.Sentence, Exact: c.Exact, Protocol: s.protocol, Machine: s.Machine}
	var before Result
	if found, err := readJSON(path, &before); err != nil {
		return Result{}, err
	} else if found && same(before.Protocol, r.Protocol) {
		return before, nil
	}
	begin := time.Now()
	if r.Finding, err = c.experiment(ctx, s); err != nil {
		return Result{}, fmt.Errorf("claim %d: %w", c.Number, err)
	}
	r.Seconds = time.Since(begin).Seconds()
	return r, writeJSON(path, r)
}
