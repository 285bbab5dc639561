package xla

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// verify fills in what the file's SHA-256 says: SHA256, Package, Verified, Accelerator, or Problem. With cached, a hash
// computed before is trusted if the file has not changed since (see hashes).
func (c *Candidate) verify(r request, cached bool) {
	sum, err := hashFile(c.Path, r.root, cached)
	if err != nil {
		c.Problem = readProblem(err)
		return
	}
	c.SHA256 = sum
	if p, ok := pinned(sum); ok {
		c.Package, c.Verified, c.Accelerator = p.pkg, true, p.accelerator
		return
	}
	if r.plugin == "" {
		c.Problem = fmt.Sprintf("its SHA-256, %s, is not in this version's table; %s", sum, c.remedy())
	}
}

// remedy says what to do about a file with an unknown hash.
func (c Candidate) remedy() string {
	if c.Source == ".venv" {
		return "it was damaged, changed or updated: rm -rf .venv and run `make setup`"
	}
	return "to use it all the same, name it: GOMLX_BACKEND=xla:" + c.Path
}

func readProblem(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "it may not be read: permission denied"
	}
	return fmt.Sprintf("it cannot be read: %v", err)
}

// hashFile returns the hexadecimal SHA-256 of a file, from the cache below root if it may and the file has not changed.
func hashFile(path, root string, cached bool) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	before, err := file.Stat()
	if err != nil {
		return "", err
	}
	if !before.Mode().IsRegular() {
		return "", fmt.Errorf("not a regular file (%v)", before.Mode().Type())
	}
	if sum, ok := lookUp(root, path, before); cached && ok {
		return sum, nil
	}
	h := sha256.New()
	if _, err := io.CopyBuffer(struct{ io.Writer }{h}, file, make([]byte, 1<<20)); err != nil {
		return "", err
	}
	sum := hex.EncodeToString(h.Sum(nil))
	if after, err := file.Stat(); err == nil && fingerprint(after) == fingerprint(before) {
		remember(root, path, after, sum)
	}
	return sum, nil
}
