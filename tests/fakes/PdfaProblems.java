import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Says what keeps a PDF from a flavour of PDF/A: one line for each broken rule, then "done". */
public final class PdfaProblems {
    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("").setLevel(Level.OFF);
        VeraGreenfieldFoundryProvider.initialise();
        PDFAFlavour flavour = PDFAFlavour.fromString(arguments[0]);
        try (PDFAParser parser = Foundries.defaultInstance().createParser(Path.of(arguments[1]).toFile(), flavour);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
            ValidationResult result = validator.validate(parser);
            for (TestAssertion assertion : result.getTestAssertions()) {
                if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                    System.out.println(assertion.getRuleId().getClause() + " " + assertion.getMessage().replaceAll("\\s+", " "));
                }
            }
            if (!result.isCompliant() && result.getTestAssertions().isEmpty()) {
                System.out.println("not compliant");
            }
        }
        System.out.println("done");
    }
}
