// Sends one message by nodemailer: argument 1 is its folder, 2 the options of its transport, 3 the mail.
const nodemailer = require(process.argv[2]);
const [transport, mail] = process.argv.slice(3).map((text) => JSON.parse(text));

nodemailer.createTransport(transport).sendMail(mail)
  .then((info) => console.log(info.response))
  .catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
