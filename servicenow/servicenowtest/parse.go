package servicenowtest

import "strings"

// Term is one term of an encoded query, as the server reads it.
type Term struct {
	// Join says how the term is tied to the ones before: "" for the first,
	// "^" for and, "^OR" for an alternative to the condition just before, and
	// "^NQ" for the start of another query whose rows are added.
	Join string
	// Field is the element name, dot-walked or not. It is empty for a term
	// that cannot be read; the server drops such a term, which widens the
	// result.
	Field string
	// Operator is the operator as it was written, such as "=", "STARTSWITH" or
	// "ORDERBYDESC".
	Operator string
	// Value is everything after the operator, with ^^ read as ^.
	Value string
}

// operators are tried in this order, so that one that begins like another
// comes first.
var operators = []string{
	"GT_OR_EQUALS_FIELD", "LT_OR_EQUALS_FIELD", "GT_FIELD", "LT_FIELD",
	"DOES NOT CONTAIN", "NOT LIKE", "NOTLIKE", "NOT IN", "NOTIN", "NOTON",
	"STARTSWITH", "ENDSWITH", "CONTAINS", "LIKE", "ISNOTEMPTY", "ISEMPTY", "ANYTHING", "EMPTYSTRING",
	"BETWEEN", "NSAMEAS", "SAMEAS", "INSTANCEOF", "IN_HIERARCHY_DYNAMIC", "IN_HIERARCHY", "IN", "DYNAMIC", "ON",
	"RELATIVE", "DATEPART", "MORETHAN", "LESSTHAN", "VALCHANGES", "CHANGESFROM", "CHANGESTO",
	"!=", "!*", "<=", ">=", "=", "<", ">", "*", "%",
}

// ParseQuery reads an encoded query (sysparm_query) into its terms, in the
// grammar of the product documentation: ^ for and, ^OR, ^NQ, ^EQ, ^ORDERBY,
// ^ORDERBYDESC, ^GROUPBY, RLQUERY up to ENDRLQUERY, JOIN, and ^^ for a literal ^. It reads anything; what it
// does not understand becomes a term without a field.
func ParseQuery(encoded string) []Term {
	pieces := splitTerms(encoded)
	terms := make([]Term, 0, len(pieces))
	for _, piece := range pieces {
		join := "^"
		switch {
		case piece == "" || piece == "EQ":
			continue
		case strings.HasPrefix(piece, "NQ"):
			join, piece = "^NQ", piece[2:]
		case strings.HasPrefix(piece, "OR") && !strings.HasPrefix(piece, "ORDERBY"):
			join, piece = "^OR", piece[2:]
		}
		if len(terms) == 0 {
			join = ""
		}
		term := parseTerm(piece)
		term.Join = join
		terms = append(terms, term)
	}
	return terms
}

// splitTerms cuts a query at each single ^ and unescapes the pairs.
func splitTerms(encoded string) []string {
	if !strings.Contains(encoded, "^^") {
		return strings.Split(encoded, "^")
	}
	var pieces []string
	var piece strings.Builder
	for i := 0; i < len(encoded); i++ {
		switch {
		case encoded[i] != '^':
			piece.WriteByte(encoded[i])
		case i+1 < len(encoded) && encoded[i+1] == '^':
			piece.WriteByte('^')
			i++
		default:
			pieces = append(pieces, piece.String())
			piece.Reset()
		}
	}
	return append(pieces, piece.String())
}

func parseTerm(piece string) Term {
	for _, keyword := range []string{"ORDERBYDESC", "ORDERBY", "GROUPBY"} {
		if field, ok := strings.CutPrefix(piece, keyword); ok {
			return Term{Field: field, Operator: keyword}
		}
	}
	if piece == "ENDRLQUERY" {
		return Term{Operator: piece}
	}
	for keyword, separator := range map[string]string{"RLQUERY": ",", "JOIN": "="} {
		if rest, ok := strings.CutPrefix(piece, keyword); ok {
			if field, value, ok := strings.Cut(rest, separator); ok {
				return Term{Field: field, Operator: keyword, Value: value}
			}
		}
	}
	if word, ok := strings.CutPrefix(piece, "123TEXTQUERY321="); ok {
		return Term{Field: "123TEXTQUERY321", Operator: "=", Value: word}
	}
	end := 0
	for end < len(piece) && isFieldByte(piece[end]) {
		end++
	}
	if end > 0 {
		for _, op := range operators {
			if value, ok := strings.CutPrefix(piece[end:], op); ok {
				return Term{Field: piece[:end], Operator: op, Value: value}
			}
		}
	}
	return Term{Value: piece}
}

func isFieldByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '_' || b == '.'
}
