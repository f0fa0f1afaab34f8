"""From paper to pages: drivers of scanners, the pages they give, and the steps that make documents of them. No Qt."""
