package lab

import (
	"fmt"
	"slices"
	"strings"

	"jemlab/data"
)

// Only returns the lab with the images of some classes alone: another downstream task. Its error lists the classes.
func (l *Lab) Only(classes ...string) (*Lab, error) {
	if err := l.checkClasses(classes); err != nil {
		return nil, err
	}
	return l.keeping(" only "+strings.Join(classes, ", "), func(class string) bool { return slices.Contains(classes, class) })
}

// Without returns the lab without the images of some classes, and without those that have no label. Its error lists the classes.
func (l *Lab) Without(classes ...string) (*Lab, error) {
	if err := l.checkClasses(classes); err != nil {
		return nil, err
	}
	return l.keeping(" without "+strings.Join(classes, ", "), func(class string) bool { return !slices.Contains(classes, class) })
}

func (l *Lab) checkClasses(classes []string) error {
	for _, c := range classes {
		if !slices.Contains(l.Data.Classes, c) {
			return fmt.Errorf("dataset %s has no class %q; it has %s", l.Data.Name, c, strings.Join(l.Data.Classes, ", "))
		}
	}
	return nil
}

// keeping returns the lab with the classes that keep says, numbered anew; name is added to the dataset's. Input stays: the same pixels are the same
// to a backbone.
func (l *Lab) keeping(name string, keep func(class string) bool) (*Lab, error) {
	ds := *l.Data
	ds.Name += name
	ds.Classes = nil
	numbers := map[int32]int32{}
	for i, class := range l.Data.Classes {
		if keep(class) {
			numbers[int32(i)] = int32(len(ds.Classes))
			ds.Classes = append(ds.Classes, class)
		}
	}
	if len(ds.Classes) == 0 {
		return nil, fmt.Errorf("no class of %s is left", l.Data.Name)
	}
	for _, split := range []*data.Images{&ds.Train, &ds.Validation, &ds.Test} {
		var chosen []int
		for i, label := range split.Labels {
			if _, ok := numbers[label]; ok {
				chosen = append(chosen, i)
			}
		}
		*split = split.Subset(chosen)
		for i, label := range split.Labels {
			split.Labels[i] = numbers[label]
		}
	}
	return l.on(&ds), nil
}
