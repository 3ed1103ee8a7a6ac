// Compressed results, and the meaning of file suffixes.

package output

import (
	"strings"

	"github.com/fanql/fanql/sources/compression"
)

// packed is a writer whose output is compressed.
type packed struct {
	Writer
	z *compression.Writer
}

func (p packed) Flush() error {
	if err := p.Writer.Flush(); err != nil {
		return err
	}
	return p.z.Flush()
}

func (p packed) Close() error {
	if err := p.Writer.Close(); err != nil {
		return err
	}
	return p.z.Close()
}

// ForPath returns what the suffixes of a file name stand for: orders.csv.gz is csv,
// compressed with gzip. The compression is returned even if the format is unknown. A binary
// format is not compressed once more: .parquet.gz stands for no format.
func ForPath(path string) (f Format, k compression.Kind, ok bool) {
	k, rest := compression.OfPath(path)
	if f, ok = Formats.BySuffix(rest); ok && f.Binary && k != compression.None {
		return Format{}, k, false
	}
	return f, k, ok
}

// Suffixes lists all suffixes of file names that stand for a format, for people.
func Suffixes() string {
	var text, binary, packs []string
	for _, f := range Formats {
		if f.Binary {
			binary = append(binary, f.Suffixes...)
		} else {
			text = append(text, f.Suffixes...)
		}
	}
	for _, k := range compression.Kinds {
		packs = append(packs, k.Suffix())
	}
	return strings.Join(text, ", ") + ", each also with " + strings.Join(packs, " or ") + " behind it, and " + strings.Join(binary, " and ")
}
