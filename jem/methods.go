package jem

import (
	"fmt"
	"slices"
	"strings"
)

// Family is one of the four kinds of joint-embedding methods that the lecture tells apart by what keeps H from collapsing.
type Family struct {
	Name    string   `json:"name"`
	Methods []string `json:"methods"` // by the names of ByName
}

// Families returns the families in the lecture's order, with their methods.
//
//	contrastive      negative pairs are pushed apart
//	non-contrastive  a functional of the columns keeps them spread and unlike
//	clustering       embeddings are attracted to prototypes of clusters of equal size
//	other            an asymmetry of the branches, without any such term
func Families() []Family {
	return []Family{
		{"contrastive", []string{"simclr", "moco", "moco-v1", "pirl", "npid", "align-uniform"}},
		{"non-contrastive", []string{"vicreg", "barlow-twins"}},
		{"clustering", []string{"deepcluster", "swav"}},
		{"other", []string{"byol", "simsiam", "dino"}},
	}
}

// methods are the methods by name, at the settings their functions document.
var methods = map[string]func() Method{
	"align-uniform": AlignUniform,
	"barlow-twins":  BarlowTwins,
	"byol":          BYOL,
	"deepcluster":   DeepCluster,
	"dino":          DINO,
	"moco":          MoCo,
	"moco-v1":       MoCoV1,
	"npid":          NPID,
	"pirl":          PIRL,
	"simclr":        SimCLR,
	"simsiam":       SimSiam,
	"swav":          SwAV,
	"vicreg":        VICReg,
}

// Names returns the names that ByName knows, family by family.
func Names() []string {
	var names []string
	for _, f := range Families() {
		names = append(names, f.Methods...)
	}
	return names
}

// ByName returns the method of that name; its error lists the names.
func ByName(name string) (Method, error) {
	f, ok := methods[name]
	if !ok {
		return Method{}, fmt.Errorf("unknown method %q; valid: %s", name, strings.Join(slices.Sorted(slices.Values(Names())), ", "))
	}
	return f(), nil
}
