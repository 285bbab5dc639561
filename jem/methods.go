package jem

import (
	"fmt"
	"sort"
	"strings"
)

// methods are the methods by name, at the settings their functions document.
var methods = map[string]func() Method{
	"align-uniform": AlignUniform,
	"barlow-twins":  BarlowTwins,
	"byol":          BYOL,
	"moco":          MoCo,
	"simclr":        SimCLR,
	"simsiam":       SimSiam,
	"vicreg":        VICReg,
}

// Names returns the names that ByName knows, sorted.
func Names() []string {
	var names []string
	for name := range methods {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// ByName returns the method of that name; its error lists the names.
func ByName(name string) (Method, error) {
	f, ok := methods[name]
	if !ok {
		return Method{}, fmt.Errorf("unknown method %q; valid: %s", name, strings.Join(Names(), ", "))
	}
	return f(), nil
}
