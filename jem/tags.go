package jem

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// CheckTags returns an error for the first field, of v or of anything in it, whose value the field's tag excludes:
// oneof:"a|b" lists the strings that are allowed, range:"[0,1)" the interval of a number, an open end left empty.
func CheckTags(v any) error { return checkValue(reflect.ValueOf(v), "", "") }

// checkValue checks v, which stands at path with the tag of its field.
func checkValue(v reflect.Value, path string, tag reflect.StructTag) error {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() {
				continue
			}
			if err := checkValue(v.Field(i), join(path, jsonName(field)), field.Tag); err != nil {
				return err
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := checkValue(v.Index(i), join(path, strconv.Itoa(i)), tag); err != nil {
				return err
			}
		}
	case reflect.String:
		return checkOneOf(v.String(), path, tag)
	case reflect.Int, reflect.Int32, reflect.Int64:
		return checkRange(float64(v.Int()), path, tag)
	case reflect.Float32, reflect.Float64:
		return checkRange(v.Float(), path, tag)
	}
	return nil
}

func checkOneOf(value, path string, tag reflect.StructTag) error {
	list, ok := tag.Lookup("oneof")
	if !ok {
		return nil
	}
	var quoted []string
	for _, word := range strings.Split(list, "|") {
		if word == value {
			return nil
		}
		quoted = append(quoted, strconv.Quote(word))
	}
	return fmt.Errorf("%s: %q is not valid; valid: %s", path, value, strings.Join(quoted, ", "))
}

func checkRange(value float64, path string, tag reflect.StructTag) error {
	interval, ok := tag.Lookup("range")
	if !ok {
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return fmt.Errorf("%s: %v is not a finite number", path, value)
		}
		return nil
	}
	low, high, _ := strings.Cut(interval[1:len(interval)-1], ",")
	above, below := true, true
	if bound, err := strconv.ParseFloat(low, 64); err == nil {
		above = value > bound || (interval[0] == '[' && value == bound)
	}
	if bound, err := strconv.ParseFloat(high, 64); err == nil {
		below = value < bound || (interval[len(interval)-1] == ']' && value == bound)
	}
	if above && below && !math.IsInf(value, 0) {
		return nil
	}
	return fmt.Errorf("%s: %v is out of range; valid: %s", path, value, describeRange(interval, low, high))
}

// describeRange says an interval in words.
func describeRange(interval, low, high string) string {
	words := map[byte]string{'[': low + " or more", '(': "more than " + low}[interval[0]]
	if high != "" {
		words += map[byte]string{']': ", up to " + high, ')': ", less than " + high}[interval[len(interval)-1]]
	}
	return words
}

// jsonName returns the name by which JSON knows a field.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "" {
		return f.Name
	}
	return name
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
