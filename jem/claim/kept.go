package claim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const resultName = "result.json"

// kept returns the part of that name that an earlier call of the same protocol, seeds apart, left in the claim's folder, or makes
// it and leaves it there: a claim of many parts that is interrupted loses one of them. T must go through JSON unchanged.
func kept[T any](s Setup, name string, make func() (T, error)) (T, error) {
	type part struct {
		Protocol Protocol `json:"protocol"`
		Value    T        `json:"value"`
	}
	now := part{Protocol: s.protocol}
	now.Protocol.Seeds = nil // the name has the seed
	var before part
	path := filepath.Join(s.folder, name+".json")
	if found, err := readJSON(path, &before); err != nil {
		return now.Value, err
	} else if found && same(before.Protocol, now.Protocol) {
		return before.Value, nil
	}
	s.say("%s", name)
	var err error
	if now.Value, err = make(); err != nil {
		return now.Value, err
	}
	return now.Value, writeJSON(path, now)
}

// readJSON reads a value; found is false if there is no such file.
func readJSON(path string, v any) (found bool, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return false, fmt.Errorf("%s is damaged: %w; delete it to measure again", path, err)
	}
	return true, nil
}

// writeJSON replaces a file by a whole new one.
func writeJSON(path string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, append(raw, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// plain returns a value as JSON has it.
func plain(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil {
		panic(err)
	}
	return out
}
