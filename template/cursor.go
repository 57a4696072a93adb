package template

import "strings"

// stand is where in the HTML a page stands, as coarsely as matters to what is
// escaped for HTML text and printed there.
type stand uint8

const (
	standsText    stand = iota
	standsContent       // in an element that holds text but no tags
	standsValue         // in the quoted value of an attribute that holds text
	standsTag           // from here on, HTML text does not fit
	standsAddress
	standsOther
	standsScript
	standsStyle
	standsComment
	standsMarkup
)

// String says where it is, for a message.
func (s stand) String() string {
	return [...]string{
		"in text", "inside an element without tags", "inside an attribute", "inside a tag", "inside a URL", "inside an attribute",
		"inside a script", "inside a style", "inside a comment", "inside <!...> or <?...>",
	}[s]
}

// stand returns where c stands.
func (c *context) stand() stand {
	switch c.state {
	case stateText, stateSection:
		return standsText
	case stateTagOpen, stateEndTagOpen, stateTagName, stateTag, stateAttrName, stateAfterName, stateBeforeValue, stateNameEnd, stateNoValue:
		return standsTag
	case stateValue:
		switch c.attr.kind {
		case attrText:
			if c.attr.in == inBare {
				return standsTag
			}
			return standsValue
		case attrURL, attrURLList:
			return standsAddress
		case attrScript, attrScriptURL:
			return standsScript
		case attrStyle:
			return standsStyle
		}
		return standsOther
	case stateSpecial:
		switch c.special.lang {
		case langJS, langJSON:
			return standsScript
		case langCSS:
			return standsStyle
		}
		return standsContent
	case stateComment, stateCommentStart, stateCommentStartDash, stateCommentDash, stateCommentEnd, stateCommentBang:
		return standsComment
	}
	return standsMarkup
}

// A Cursor is where in the HTML the output of a request stands while its pages
// print. Parse decides how a value is escaped by the text before it in its own
// function or page; but when a function runs, or an included page, is decided by
// its callers, by whatever name and detour. The Cursor compares the two when a
// run is printed, and so it is told of every run of every page, in the order in
// which they print. The zero Cursor stands in text.
//
// What put, print and raw write is not followed: it is the author's own, as is
// the literal text of a function that is called outside of HTML text.
type Cursor struct {
	at    stand
	loose bool   // literal text of a function may have ended the attribute or element that holds text
	depth int    // how many tags, scripts and the like were opened by functions that were called outside of HTML text
	page  *Page  // the page that printed last, unless it was a function called outside of HTML text
	end   *Piece // and what it printed last
}

// A PlaceError says that a value is escaped for another place than the one in
// which it would be printed.
type PlaceError struct {
	Page   *Page
	Offset int // of the expression in the source of Page

	// The output stands At, behind what was printed up to the offset BehindOffset
	// of the page Behind.
	At           string
	Behind       *Page
	BehindOffset int
}

func (e *PlaceError) Error() string {
	return "the value at " + e.Page.Name + ":" + e.Page.PosAt(e.Offset).String() + " is escaped for HTML text, but would be printed " +
		e.At + " at " + e.Behind.Name + ":" + e.Behind.PosAt(e.BehindOffset).String() +
		"; a function or an included page that prints values fits in text only: let it return them, and print them there with <?= ?>"
}

// Print moves the cursor behind a run of the page p. An error is a *PlaceError:
// the run must not be printed, as its values are escaped for another place than
// the one where the cursor stands; the cursor is then where it was.
func (c *Cursor) Print(p *Page, run Run) error {
	first, last := &run[0], &run[len(run)-1]
	if first.stands|last.behind|c.at == standsText {
		return nil
	}
	return c.print(p, run, first, last)
}

func (c *Cursor) print(p *Page, run Run, first, last *Piece) error {
	called := first.stands == standsText && c.at != standsText
	if !called && c.depth == 0 {
		*c = Cursor{at: last.behind, page: p, end: last}
		return nil
	}
	loose := c.loose
	for i := range run {
		piece := &run[i]
		switch {
		case !piece.Expr:
			loose = loose || c.endedBy(piece.Text)
		case loose || c.at >= standsTag || piece.stands != standsText || !piece.Place.isText():
			return c.refuse(p, piece)
		}
	}
	c.loose = loose
	switch {
	case called && last.behind != standsText:
		c.depth++
	case !called && last.behind == standsText:
		c.depth--
	}
	return nil
}

// endedBy reports whether literal text may end the attribute or the element that
// holds text in which the cursor stands.
func (c *Cursor) endedBy(text string) bool {
	if c.at == standsValue {
		return strings.ContainsAny(text, "\"'")
	}
	return strings.Contains(text, "</")
}

func (c *Cursor) refuse(p *Page, piece *Piece) error {
	end := c.end.Offset + len(c.end.Text)
	return &PlaceError{Page: p, Offset: piece.Offset, At: c.at.String(), Behind: c.page, BehindOffset: end}
}

// Stop moves the cursor back to before a piece of the run that was printed last,
// where printing has stopped or Lua code runs in between.
func (c *Cursor) Stop(p *Page, run Run, piece int) {
	if c.depth > 0 || run[0].stands == standsText && c.at != standsText && run[len(run)-1].behind == standsText {
		return // the run stands within another place
	}
	c.at, c.loose = run[piece].stands, false
	if piece > 0 {
		c.page, c.end = p, &run[piece-1]
	}
}
