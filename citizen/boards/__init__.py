"""The public projection, exposure and red boards, objections."""
