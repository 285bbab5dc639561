package pretrain

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"jemlab/jem/run"
)

// difference lists what the run that a manifest describes and the one asked for do not share, one a line: fields of the
// configuration, and the images, which have the same name but need not be the same.
func difference(have, want run.Manifest) ([]string, error) {
	lines, err := differentLeaves("", have.Config, want.Config)
	if err != nil {
		return nil, err
	}
	input, err := differentLeaves("input.", have.Input, want.Input)
	if err != nil {
		return nil, err
	}
	lines = append(lines, input...)
	for _, name := range slices.Sorted(maps.Keys(want.Data)) {
		if a, b := have.Data[name], want.Data[name]; a != b {
			lines = append(lines, fmt.Sprintf("%s: the run has the SHA-256 %s, this command %s", name, cmp.Or(a, "none"), b))
		}
	}
	for _, split := range slices.Sorted(maps.Keys(want.Images)) {
		if a, b := have.Images[split], want.Images[split]; a != b && len(have.Images) > 0 { // a run.json of before has none
			lines = append(lines, fmt.Sprintf("%s images: the run has %d, this command %d", split, a, b))
		}
	}
	return lines, nil
}

// differentLeaves lists the fields in which two JSON documents differ, with a prefix.
func differentLeaves(prefix string, have, want json.RawMessage) ([]string, error) {
	a, err := leaves(have)
	if err != nil {
		return nil, err
	}
	b, err := leaves(want)
	if err != nil {
		return nil, err
	}
	var lines []string
	for name, x := range a {
		if y := b[name]; x != y {
			lines = append(lines, fmt.Sprintf("%s%s: the run has %s, this command %s", prefix, name, x, cmp.Or(y, "none")))
		}
	}
	for name, y := range b {
		if _, ok := a[name]; !ok {
			lines = append(lines, fmt.Sprintf("%s%s: the run has none, this command %s", prefix, name, y))
		}
	}
	slices.Sort(lines)
	return lines, nil
}

// leaves returns the values of a JSON document by their paths, as JSON; null and an empty list have none.
func leaves(raw json.RawMessage) (map[string]string, error) {
	var document any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber() // float64 would not tell large seeds apart
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	out := map[string]string{}
	var walk func(path []string, v any)
	walk = func(path []string, v any) {
		switch v := v.(type) {
		case nil:
		case map[string]any:
			for key, child := range v {
				walk(append(slices.Clone(path), key), child)
			}
		case []any:
			for i, child := range v {
				walk(append(slices.Clone(path), fmt.Sprint(i)), child)
			}
		case string:
			out[strings.Join(path, ".")] = fmt.Sprintf("%q", v)
		default:
			out[strings.Join(path, ".")] = fmt.Sprint(v)
		}
	}
	walk(nil, document)
	return out, nil
}
