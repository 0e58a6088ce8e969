package servicenow

import "bytes"

// scan walks over a JSON document without decoding it and finds the elements of
// its top-level "result" array. It only counts brackets and quotes, accepts any
// bytes, and leaves strictness to the decoder.
type scan struct {
	rows   int    // elements that are objects and have an end
	last   []byte // the last of them
	clean  bool   // the document ends where it should, with nothing beside objects
	failed bool   // there is a top-level "error"
	array  bool   // there is a "result" array
}

// scanRows scans a document; each is called for every whole row, if not nil.
func scanRows(doc []byte, each func(row []byte)) scan {
	return scanArray(doc, `"result"`, each)
}

// scanArray is scanRows for a top-level array of another name, which is given
// in its quotes.
func scanArray(doc []byte, name string, each func(row []byte)) scan {
	var s scan
	i := skipSpace(doc, 0)
	if i >= len(doc) || doc[i] != '{' {
		return s
	}
	i = skipSpace(doc, i+1)
	tidy := true
	for i < len(doc) && doc[i] == '"' {
		start := i
		if i = skipString(doc, i); i < 0 {
			return s
		}
		key := doc[start:i]
		if i = skipSpace(doc, i); i >= len(doc) || doc[i] != ':' {
			return s
		}
		i = skipSpace(doc, i+1)
		switch {
		case string(key) == name && i < len(doc) && doc[i] == '[' && !s.array:
			s.array = true
			var ok bool
			if i, ok = s.elements(doc, i+1, each); i < 0 {
				return s
			}
			tidy = tidy && ok
		default:
			s.failed = s.failed || string(key) == `"error"`
			if i = skipValue(doc, i); i < 0 {
				return s
			}
		}
		i = skipSpace(doc, i)
		if i < len(doc) && doc[i] == ',' {
			i = skipSpace(doc, i+1)
			continue
		}
		break
	}
	if i < len(doc) && doc[i] == '}' {
		s.clean = tidy && skipSpace(doc, i+1) == len(doc)
	}
	return s
}

// elements walks over an array from behind its bracket to behind its end. The
// end is -1 when there is none; ok is false when an element is no object.
func (s *scan) elements(doc []byte, i int, each func([]byte)) (end int, ok bool) {
	i = skipSpace(doc, i)
	if i < len(doc) && doc[i] == ']' {
		return i + 1, true
	}
	for i < len(doc) {
		if doc[i] != '{' {
			end := skipValue(doc, i)
			if end < 0 {
				return -1, false
			}
			for i = end; i < len(doc) && doc[i] != ']'; {
				if i = skipSpace(doc, i); i < len(doc) && doc[i] == ',' {
					i++
				}
				if i = skipValue(doc, skipSpace(doc, i)); i < 0 {
					return -1, false
				}
				i = skipSpace(doc, i)
			}
			return min(i+1, len(doc)), false
		}
		start := i
		if i = skipValue(doc, i); i < 0 {
			return -1, false
		}
		s.rows++
		s.last = doc[start:i]
		if each != nil {
			each(s.last)
		}
		i = skipSpace(doc, i)
		if i >= len(doc) {
			return -1, false
		}
		switch doc[i] {
		case ']':
			return i + 1, true
		case ',':
			i = skipSpace(doc, i+1)
		default:
			return -1, false
		}
	}
	return -1, false
}

func skipSpace(doc []byte, i int) int {
	for i < len(doc) && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\r' || doc[i] == '\t') {
		i++
	}
	return i
}

// skipString answers with the index behind a string, -1 when it has no end.
func skipString(doc []byte, i int) int {
	i++
	for {
		n := bytes.IndexByte(doc[i:], '"')
		if n < 0 {
			return -1
		}
		end := i + n
		slashes := 0
		for end-slashes > i && doc[end-slashes-1] == '\\' {
			slashes++
		}
		i = end + 1
		if slashes%2 == 0 {
			return i
		}
	}
}

// skipValue answers with the index behind any value, -1 when it has no end.
func skipValue(doc []byte, i int) int {
	depth := 0
	for i < len(doc) {
		switch doc[i] {
		case '"':
			if i = skipString(doc, i); i < 0 {
				return -1
			}
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			if depth == 0 {
				return -1
			}
			depth--
			i++
		case ',', ':', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return -1
			}
			i++
			continue
		default:
			for i < len(doc) && !delimiter(doc[i]) {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
	return -1
}

func delimiter(ch byte) bool {
	switch ch {
	case ',', ':', ' ', '\n', '\r', '\t', '"', '{', '}', '[', ']':
		return true
	}
	return false
}
